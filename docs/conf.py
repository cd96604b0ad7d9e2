"""Sphinx's configuration; ``make docs`` builds the pages."""

from fastresp import __version__

project = "fastresp"
author = "the fastresp authors"
copyright = author
release = version = __version__

extensions = ["myst_parser", "pallets_sphinx_themes", "sphinx.ext.autodoc"]
exclude_patterns = ["_build", "_theme"]
highlight_language = "text"
myst_heading_anchors = 2

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_preserve_defaults = True

# What is documented elsewhere. Nothing is asked of the network here.
nitpick_ignore_regex = [
    (
        "py:.*",
        r"(click|flask|gunicorn|http|inspect|io|itsdangerous|json|werkzeug)(\..*)?",
    ),
    ("py:class", r"(Flask|bool|bytes|dict|int|list|object|str|tuple)"),
    ("py:exc", r"[A-Z][A-Za-z]+(Error|Warning)"),
    # In the signatures and descriptions that are Werkzeug's.
    ("py:class", r"(t|datetime)\..*|Headers|Request|WSGIEnvironment"),
    ("py:.*", r"get_response|max_cookie_size"),
]

# Flask's theme, with colours for dark screens.
html_theme = "fastresp"
html_theme_path = ["_theme"]
html_theme_options = {"globaltoc_maxdepth": 1}
html_title = f"fastresp {release}"
html_sidebars = {"**": ["globaltoc.html", "searchbox.html"]}
html_show_copyright = False
# The theme's script asks the package index for the newest version.
version_banner = False
