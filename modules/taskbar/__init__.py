"""The taskbar: the icons of the modules, and the quick search of subscribers."""
