"""``gradcheck derive``: a derivative written out, step after step."""

import click


@click.command("derive", short_help="Write a derivative out: routes, chain rule, closed form.")
@click.argument("by")
@click.option(
    "--problem", "posed", metavar="NAME|FILE", required=True, help="The forward pass; gradcheck formula --list."
)
@click.option("--of", "above", metavar="NAME", help="What is differentiated; the loss if nothing is said.")
@click.option("--to", "form", type=click.Choice(["text", "unicode", "latex", "numpy", "markdown"]), default="text")
@click.option("--draw", is_flag=True, help="Draw the graph, with the links of the routes as double arrows.")
def command(by: str, posed: str, above: str | None, form: str, draw: bool) -> None:
    """Derive the derivative of the loss by BY: the routes, the chain rule, the closed form, the numbers at a point.

    \b
    gradcheck derive w1 --problem two-two-two --draw
    gradcheck derive W1 --problem softmax-classifier --to markdown
    """
    from gradcheck.formula import derive

    derivation = derive(posed, by, above)
    if form == "markdown":
        click.echo(derivation.markdown(), nl=False)
    else:
        click.echo(derivation.text("plain" if form == "text" else form))
    if draw:
        click.echo(f"\nThe graph\n\n{derivation.drawing()}")
