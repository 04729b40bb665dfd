"""The record, shown to those who oversee the sharing: no content, ever."""
