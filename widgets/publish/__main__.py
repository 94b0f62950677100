"""``python -m widgets.publish NOTEBOOK…``: writes the page of each notebook beside it."""

import sys
from pathlib import Path

from nbclient.exceptions import CellExecutionError

from . import NotANotebook, published


def main(notebooks):
    """Write the pages; end the program, with a sentence, where one cannot be made."""
    if not notebooks:
        sys.exit("Which notebooks? python -m widgets.publish lesson.ipynb")
    for path in map(Path, notebooks):
        try:
            print(published(path), flush=True)
        except FileNotFoundError:
            sys.exit(f"There is no notebook {path}.")
        except (NotANotebook, FileExistsError) as problem:
            sys.exit(str(problem))
        except CellExecutionError as error:
            sys.exit(f"{path.name} does not run: {error.ename}: {error.evalue}\nMend that cell, or give it the tag "
                     "raises-exception if it is meant to raise.")  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
