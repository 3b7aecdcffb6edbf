# Everything is done by bootstrap.py, which also works where make is missing.
PYTHON ?= $(shell command -v python3 || command -v python3.13 || command -v python3.12 || command -v python3.11)
BOOTSTRAP = "$(PYTHON)" bootstrap.py

.PHONY: demo run test lint bench clean demo-kill many-readers settings messages

demo run test lint bench:
	$(BOOTSTRAP) $@ $(ARGS)

# Kill every process at every step, one demo each; takes long.
demo-kill:
	$(BOOTSTRAP) demo --kill-matrix $(ARGS)

# A thousand readers at once at content host and proxy while the node crawls; the suite has two hundred.
many-readers:
	READERS=1000 $(BOOTSTRAP) test tests/delivery/test_thousand_readers.py -s $(ARGS)

clean:
	$(BOOTSTRAP) clean

# Write the table of settings in docs/operation.md anew.
settings:
	.venv/bin/python -m lockss_portal.conf.docs

# Write the catalogues of languages anew (docs/translating.md); wants GNU gettext.
messages:
	.venv/bin/python -m lockss_portal.messages make
