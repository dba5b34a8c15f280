"""Runs the steps on the connection that store.upgrade gives; never opens one by itself."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes.get("target_metadata"),
    render_as_batch=True,
    transactional_ddl=False,  # the transaction is store.upgrade's
    transaction_per_migration=False,
)
context.run_migrations()
