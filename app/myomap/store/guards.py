"""Triggers by which the database itself refuses to alter the audit, signed visits and amendments.

They also hold against other tools and programs. A new practice gets them from here, an older one from
the frozen steps in migrations/; a test proves that both are the same. A server gets more of them than a
file: there people have logins of their own (store.server_roles), and tables can be truncated.
"""

_SIGNED = "SELECT 1 FROM visit v WHERE v.id = {row}.visit_id AND v.signature IS NOT NULL"
_NOT_ERASING = "NOT EXISTS (SELECT 1 FROM erasing)"
_GROWS = "the audit only grows"
#: Whoever may change the settings is an owner, and whoever may set a signature a clinician: the rights
#: of a login say it, so that the names of groups are nowhere in the tables.
_OWNER = "has_table_privilege(session_user, 'settings', 'UPDATE')"
_CLINICIAN = "has_column_privilege(session_user, 'visit', 'signature', 'UPDATE')"

Rule = tuple[str, str, str, str]


def guards(dialect: str) -> list[str]:
    """Return the SQL that makes the triggers."""
    made = [sql for rule in _rules() for sql in _guard(dialect, *rule)]
    if dialect != "sqlite":
        made += [sql for rule in _server_rules() for sql in _guard(dialect, *rule)]
        made += [sql for table in ("audit", "audit_head", "visit", "entry") for sql in _no_truncate(table)]
        made += _note_login()
    return made


def _rules() -> list[Rule]:
    rules = [
        ("audit", "UPDATE", "1 = 1", "the audit is append-only"),
        ("audit", "DELETE", "1 = 1", "the audit is append-only"),
        ("visit", "UPDATE", "OLD.signature IS NOT NULL", "the visit is signed"),
        ("visit", "DELETE", f"OLD.signature IS NOT NULL AND {_NOT_ERASING}", "the visit is signed"),
    ]
    for deed, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        signed = _SIGNED.format(row=row)
        late = f"({row}.kind = 'amendment')"
        if deed == "INSERT":
            late = f"({row}.kind = 'amendment' AND NOT EXISTS ({signed}))"
        closed = f"({row}.kind NOT IN ('amendment', 'follow_up') AND EXISTS ({signed}))"
        rules.append(("entry", deed, f"({late} OR {closed}) AND {_NOT_ERASING}", "the visit is signed"))
    line = "SELECT 1 FROM audit a WHERE a.seq = NEW.seq AND a.digest = NEW.digest"
    return [
        *rules,
        ("audit", "INSERT", "NEW.seq <> (SELECT h.seq + 1 FROM audit_head h)", _GROWS),
        ("audit_head", "UPDATE", f"NEW.seq <> OLD.seq + 1 OR NOT EXISTS ({line})", _GROWS),
        ("audit_head", "DELETE", "1 = 1", _GROWS),
    ]


def _server_rules() -> list[Rule]:
    role = "(NEW.body::json ->> 'role') IS DISTINCT FROM (OLD.body::json ->> 'role')"
    strange = f"OLD.login <> session_user AND NOT {_OWNER}"
    return [
        ("practitioner", "UPDATE", f"{role} AND NOT {_OWNER}", "only an owner gives roles"),
        ("amendment", "INSERT", f"NEW.kind = 'amendment' AND NOT {_CLINICIAN}", "only a clinician amends"),
        ("pin", "UPDATE", f"NEW.hash <> OLD.hash AND {strange}", "this PIN belongs to another login"),
        ("pin", "DELETE", strange, "this PIN belongs to another login"),
    ]


def _guard(dialect: str, table: str, deed: str, when: str, words: str) -> list[str]:
    name = f"guard_{table}_{deed.lower()}"
    table = "entry" if table == "amendment" else table
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {name} BEFORE {deed} ON {table} FOR EACH ROW WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, 'guard: {words}'); END"
        ]
    result = "OLD" if deed == "DELETE" else "NEW"
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {when} THEN RAISE EXCEPTION 'guard: {words}'; END IF; RETURN {result}; END $$",
        f"CREATE TRIGGER {name} BEFORE {deed} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def _no_truncate(table: str) -> list[str]:
    name = f"guard_{table}_truncate"
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION 'guard: {table} is never emptied'; END $$",
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]


def _note_login() -> list[str]:
    """Note whose login set a PIN, whatever the program says."""
    return [
        "CREATE FUNCTION guard_pin_login() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'INSERT' THEN NEW.login := session_user; "
        "ELSIF NEW.hash <> OLD.hash THEN NEW.login := session_user; "
        "ELSE NEW.login := OLD.login; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER guard_pin_login BEFORE INSERT OR UPDATE ON pin FOR EACH ROW "
        "EXECUTE FUNCTION guard_pin_login()",
    ]
