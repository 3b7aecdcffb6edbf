"""The content proxy and the audit proxy: one listener, two surfaces, a process each (delivery §4, §5)."""
