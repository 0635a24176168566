"""``gradcheck explain``: what the catalogue says about a mistake."""

import click


@click.command("explain")
@click.argument("mistake", default="")
def command(mistake: str) -> None:
    """Explain a mistake from the catalogue, or list them all; derive a layer, such as layer-norm."""
    from gradcheck import mistakes
    from gradcheck.report.derivation import derivation

    if not mistake:
        width = max(map(len, mistakes.CATALOGUE))
        for known in mistakes.CATALOGUE.values():
            click.echo(f"{known.id:{width}}  {known.says}")
        return
    if mistake not in mistakes.CATALOGUE:
        click.echo(derivation(mistake))
        return
    known = mistakes.find(mistake)
    click.echo(f"{known.id}   ({known.cause})\n\n  {known.says}\n")
    click.echo(f"  wrong  {known.wrong}\n  right  {known.right}\n  ask    {known.question}\n")
    click.echo(f"  see it happen: gradcheck run --plant {known.id}")
