"""Pictures that users have labelled: read from any format, checked, judged, split, prepared."""
