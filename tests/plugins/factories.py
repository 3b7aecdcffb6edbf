"""Definitions as small as they can be."""

from xml.sax.saxutils import escape

ID = "org.lockss.plugin.Sample"
PATH = "org/lockss/plugin/Sample.xml"
PARAMS = """<entry><string>plugin_config_props</string><list>
  <org.lockss.daemon.ConfigParamDescr><key>base_url</key><type>3</type></org.lockss.daemon.ConfigParamDescr>
  <org.lockss.daemon.ConfigParamDescr><key>journal</key><type>1</type></org.lockss.daemon.ConfigParamDescr>
  <org.lockss.daemon.ConfigParamDescr><key>volume</key><type>6</type></org.lockss.daemon.ConfigParamDescr>
  <org.lockss.daemon.ConfigParamDescr><key>user_pass</key><type>10</type><definitional>false</definitional>
  </org.lockss.daemon.ConfigParamDescr>
</list></entry>"""
BASICS = {
    "plugin_name": "Sample",
    "plugin_version": "1",
    "au_name": '"%s volume %d", journal, volume',
    "au_start_url": '"%s%s/%d/", base_url, journal, volume',
    "au_crawlrules": ('1,"^%s%s/%d/", base_url, journal, volume',),
}


def entry(key: str, value: object) -> str:
    if isinstance(value, tuple):
        inner = "".join(f"<string>{escape(one)}</string>" for one in value)
        return f"<entry><string>{key}</string><list>{inner}</list></entry>"
    if isinstance(value, bool):
        return f"<entry><string>{key}</string><boolean>{str(value).lower()}</boolean></entry>"
    return f"<entry><string>{key}</string><string>{escape(str(value))}</string></entry>"


def xml(**changes: object) -> bytes:
    """The small definition with ``changes``; None takes a key away."""
    keys = {key: value for key, value in (BASICS | changes).items() if value is not None}
    return f"<map>{PARAMS}{''.join(entry(k, v) for k, v in keys.items())}</map>".encode()


def child(parent: str = ID, **keys: object) -> bytes:
    """A definition that only says what differs from its parent."""
    return f"<map>{''.join(entry(k, v) for k, v in {'plugin_parent': parent, **keys}.items())}</map>".encode()
