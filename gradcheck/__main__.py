"""``python -m gradcheck`` is ``gradcheck``."""

from gradcheck.cli import main

if __name__ == "__main__":  # a worker imports this module under another name
    main()
