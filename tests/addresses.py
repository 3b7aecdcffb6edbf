"""Who may open each address of the portal: written down a second time, so that a page cannot be opened wider by chance.

A new page needs its line here; ``test_addresses`` fails for one without, and tries every line as everybody.
"""

from apps.accounts.choices import Role

LIBRARIAN, NETWORK, SYSTEM, REPORTS = Role.LIBRARIAN, Role.NETWORK, Role.SYSTEM, Role.REPORTS

# Without an account.
NOBODY = """
    healthz readyz metrics help/words/ common:words common:gallery common:language
    accounts:sign-in accounts:sign-out accounts:setup accounts:second accounts:passkey accounts:link
    accounts:sso accounts:sso-back
    permissions:test permissions:tested permissions:manifest
    kbart:feeds kbart:feed kbart:door usage:sushi-base usage:sushi-status
    nodes:public-title nodes:public-title-badge nodes:public-au nodes:public-au-badge
"""
# Whoever is signed in, whatever for.
ANYBODY = """
    nodes:home nodes:aus nodes:au nodes:content nodes:content-tree nodes:url nodes:permissions nodes:repairs nodes:repair
    nodes:au-agreements nodes:au-votes nodes:au-suspect nodes:checks
    nodes:jobs nodes:job nodes:findings nodes:finding nodes:node
    accounts:password
    me:home me:ways me:whoami me:token-new me:token-revoke me:session-end me:end-all
    me:factors me:totp me:passkey-new me:recovery-codes me:factor-remove me:identity-bind me:identity-release
    nodes:alerts nodes:alert nodes:alert-rules nodes:log
    titles:lists titles:list titles:list-aus titles:list-coverage titles:import titles:import-changes
    titles:import-preview titles:import-added
    plugins:plugins plugins:plugin plugins:compare plugins:missing plugins:not-loaded plugins:jars plugins:jar
    plugins:signers plugins:signer plugins:registries plugins:registry plugins:trials plugins:trial
    aus:titles aus:title aus:listed aus:publishers aus:publisher aus:publisher-aus aus:selections aus:selection
    aus:subscriptions aus:subscription aus:plugin-aus
    aus:holdings aus:holdings-one aus:holdings-line aus:holdings-decisions aus:holdings-decision
    aus:collections nodes:collection
    permissions:agreements permissions:agreement permissions:evidence permissions:evidence-page
    nodes:blocked nodes:permission-publishers nodes:permission-changes
    aus:units aus:sets aus:set
    crawls:crawls crawls:crawl
    polls:polls polls:votes polls:vote polls:poll
    peers:peers peers:peer peers:own-certificate
    delivery:open delivery:open-anywhere delivery:proxies delivery:proxy-lines
    delivery:serving delivery:of-network delivery:of-publisher delivery:of-title delivery:of-au
    delivery:triggers delivery:trigger
    delivery:openurl delivery:openurl-target
    api:daemon-status api:list-objects
    nodes:status nodes:status-publishers nodes:status-publisher nodes:status-titles nodes:status-title
    nodes:status-sets nodes:status-set
    nodes:reports nodes:report nodes:report-csv nodes:report-pdf
    network:network network:copies network:copies-titles network:copies-publishers network:take
    network:members network:member network:nodes network:decisions network:decision
"""
# One of these roles, or a system administrator.
ROLES = {
    (SYSTEM,): """
        nodes:job-cancel nodes:job-retry nodes:job-pause nodes:job-resume nodes:job-first
        nodes:first-steps nodes:first-step
        accounts:people accounts:person-new accounts:person accounts:person-password accounts:audit accounts:audit-event
        accounts:person-access accounts:person-session-end accounts:person-token-revoke accounts:person-end-all
        accounts:person-factors-reset accounts:person-link
    """,
    (LIBRARIAN,): """
        nodes:crawl-now nodes:crawl-anew nodes:check-now nodes:repair-now nodes:poll-now nodes:deactivate nodes:reactivate nodes:ask-again
        aus:choose-of-title aus:select-title aus:select-one aus:choose-titles aus:select-publisher
        aus:choose-of-publisher aus:undo
        aus:holdings-upload aus:holdings-columns aus:holdings-decide aus:holdings-strike aus:holdings-propose
        aus:holdings-units aus:holdings-select aus:holdings-hand aus:holdings-take-back aus:holdings-forget
        aus:new-collection aus:change-collection aus:close-collection aus:reopen-collection
        aus:choose-of-all aus:choose-units
        aus:new-set aus:keep-set aus:put-into-set aus:change-set aus:delete-set aus:choose-of-set aus:act-on-set
        network:take-choose
        aus:new-subscription aus:keep-subscription aus:change-subscription aus:end-subscription aus:undo-subscription
    """,
    (NETWORK,): """
        titles:upload titles:folder titles:again titles:import-apply titles:import-discard titles:import-undo titles:import-again
        titles:import-used titles:list-rename titles:list-delete
        titles:follow titles:address-change titles:address-fetch titles:address-stop
        plugins:load plugins:override plugins:jar-file plugins:add-signers plugins:withdraw
        plugins:add-registry plugins:registry-read plugins:registry-end plugins:trial-decide plugins:trial-again
        permissions:agreement-new permissions:agreement-change permissions:agreement-move
        permissions:party-add permissions:party-remove permissions:documents-add permissions:document
        permissions:contact-add permissions:reminder-done
        permissions:letter permissions:letter-pdf permissions:letter-sent permissions:kept-letter permissions:kept-pdf
        delivery:say-of-network delivery:say-of-publisher delivery:say-of-title delivery:say-of-au
        delivery:readers-keep delivery:proxy-new delivery:proxy delivery:proxy-remove
        delivery:trigger-confirm delivery:trigger-withdraw
        peers:new peers:change peers:enable peers:disable
        network:member-new network:member-change network:decide network:decision-new
        network:contact-add network:contact-change network:contact-erase
        network:node-add network:node-claim network:node-change network:node-remove
        network:membership-add network:membership-change network:papers-add network:paper
    """,
    (LIBRARIAN, NETWORK): """
        delivery:audit delivery:proxy-certificate delivery:proxy-certificate-file
        delivery:readers delivery:propose-for-title delivery:propose-for-au delivery:trigger-urls
        exports:exports exports:new exports:export exports:file
        exports:pause exports:resume exports:stop exports:retry exports:drop
        imports:imports imports:packages imports:packages-act imports:package
        imports:import imports:pause imports:resume imports:stop imports:retry
        nodes:findings-act nodes:finding-seen nodes:finding-resolve nodes:alert-acknowledge
    """,
    (LIBRARIAN, NETWORK, REPORTS): """
        kbart:all kbart:report kbart:download kbart:about kbart:left-out kbart:compare
        kbart:series-list kbart:series-new kbart:series kbart:series-change kbart:series-end kbart:edition-ask
        kbart:edition kbart:edition-file kbart:keys kbart:key-revoke kbart:checks kbart:check
        nodes:report-make
        usage:usage usage:report
        usage:sushi-members usage:sushi-reports usage:sushi-TR_J1 usage:sushi-TR_J3 usage:sushi-TR_B1
    """,
}

# What a token with the scope of status does not open, though whoever is signed in may: it is about the person.
OWN = """
    accounts:password
    nodes:alert-rules me:home me:ways me:token-new me:token-revoke me:session-end me:end-all
    me:factors me:totp me:passkey-new me:recovery-codes me:factor-remove me:identity-bind me:identity-release
"""
# Preserved content: no token opens it yet.
CONTENT = frozenset({"delivery:open", "delivery:open-anywhere"})


def open_to_status() -> frozenset[str]:
    """Names of what a token with the scope of status reads, whoever's it is."""
    return frozenset(ANYBODY.split()) - frozenset(OWN.split()) - CONTENT


def written() -> dict[str, frozenset[Role] | None]:
    """Name of the address → who may; None: nobody has to sign in. A name that stands twice is an error."""
    lines: list[tuple[str, frozenset[Role] | None]] = [(name, None) for name in NOBODY.split()]
    lines += [(name, frozenset(Role)) for name in ANYBODY.split()]
    lines += [(name, frozenset(roles) | {SYSTEM}) for roles, names in ROLES.items() for name in names.split()]
    rules = dict(lines)
    twice = {name for name, _ in lines if [one for one, _ in lines].count(name) > 1}
    if twice:
        raise ValueError(f"written twice: {sorted(twice)}")
    return rules
