"""`python -m sameboat`: the command line where its script is not on the path."""

from sameboat.cli import main

if __name__ == "__main__":
    main()
