"""The lessons, with their data and pictures, copied to where you can work in them.

    python -m widgets.lessons FOLDER

What is in FOLDER already stays as it is: a lesson in which you wrote is not lost.
"""

import shutil
import sys
from importlib import metadata
from pathlib import Path

NAME = "see-the-gradient"
FIRST = "00-start-here.ipynb"


def lessons_folder() -> Path:
    """Return the folder of the lessons: a clone's, else the one that the wheel brought.

    Raises FileNotFoundError if there is neither.
    """
    places = [Path(__file__).parents[1] / "notebooks"]
    try:
        installed = metadata.files(NAME) or []
    except metadata.PackageNotFoundError:
        installed = []
    places += [Path(file.locate()).resolve().parent for file in installed if file.name == FIRST]
    for place in places:
        if (place / FIRST).is_file():
            return place
    raise FileNotFoundError(f"the lessons are not here: they come with the wheel of {NAME}")


def copy_lessons(folder) -> tuple[list[Path], list[Path]]:
    """Copy the lessons; return the files that were written, and those that were there already.

    Makes ``folder`` if need be. Raises OSError where nothing can be written.
    """
    source, folder = lessons_folder(), Path(folder)
    written, spared = [], []
    for pattern in ("[0-9][0-9]-*.ipynb", "data/*", "images/*"):
        for file in sorted(source.glob(pattern)):
            target = folder / file.relative_to(source)
            if target.exists():
                spared.append(target)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
            written.append(target)
    return written, spared


def main(folder: str) -> None:
    """Copy the lessons and say what came of it."""
    try:
        written, spared = copy_lessons(folder)
    except OSError as problem:
        sys.exit(str(problem))
    print(f"{len(written)} files were written to {folder}; begin with {FIRST}.")
    if spared:
        print(f"{len(spared)} were there already and are as they were.")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
