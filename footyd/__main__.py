"""`python -m footyd`."""

from footyd.cli import main

if __name__ == "__main__":
    main()
