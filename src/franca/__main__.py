"""`python -m franca` is the franca command."""

from franca.cli.main import main

if __name__ == "__main__":
    main()
