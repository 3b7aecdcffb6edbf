"""Whether, and from where, a reader gets preserved content: verdict, decision tables, what is missing (delivery §1–4, §10)."""
