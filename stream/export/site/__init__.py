"""Pages of a race to open from disk or to put on a web server; `templates` are their files."""

from stream.export.site.export import SiteOptions, export_site

__all__ = ["SiteOptions", "export_site"]
