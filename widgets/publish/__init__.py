"""A notebook as a page on which every widget is alive, without a kernel and without the network.

    python -m widgets.publish lesson.ipynb           # writes lesson.html
    jupyter nbconvert --to widgets lesson.ipynb      # the same, of a notebook that was run and saved

Other tools put the same widgets into their pages, of a notebook that was run and saved with its
widgets' state (docs/hosts.md), by one line in their settings::

    nb_custom_formats = {".ipynb": "widgets.publish.reads"}        # myst-nb: conf.py
    nbsphinx_custom_formats = {".ipynb": "widgets.publish.reads"}  # nbsphinx: conf.py
    c.HTMLExporter.preprocessors = ["widgets.publish.AliveWidgets"]  # nbgrader: nbgrader_config.py
"""

from .exporter import AliveWidgets, NotANotebook, PageExporter, published, reads

__all__ = ["AliveWidgets", "NotANotebook", "PageExporter", "published", "reads"]
