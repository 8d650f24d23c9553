//! What goes on beside the requests. Correctness waits for none of it: expiry is part of
//! every statement, and what is read from memory is dropped when it may be stale.
use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, task::JoinSet, time::MissedTickBehavior};

use super::{heads::Heads, metrics};
use crate::{
    accounts,
    audit::{self, Action, Event},
    grants, guardianship,
    imports::{self, Invites},
    invitations,
    keys::KeyError,
    oauth, service_accounts,
    store::StoreError,
    web::{App, paths},
};

/// How often other nodes' changes of keys are looked for.
const EVERY_SECOND: Duration = Duration::from_secs(1);
/// How often events are sealed and figures are gathered.
const OFTEN: Duration = Duration::from_secs(4);
/// How often rows that have expired are swept out, and keys looked after.
const SELDOM: Duration = Duration::from_secs(60);
/// How many seconds an import stands still until somebody else carries on with it.
const STANDS_STILL: i64 = 30;

/// The tasks of one server. They stop when this goes.
pub(super) struct Tasks {
    running: JoinSet<()>,
    heads: Arc<Mutex<Heads>>,
}

impl Tasks {
    pub(super) fn start(app: &App) -> Self {
        let mut tasks = JoinSet::new();
        let heads = Arc::<Mutex<Heads>>::default();
        let watcher = app.clone();
        tasks.spawn(async move { watcher.store.watch_changes().await });
        let writer = app.clone();
        tasks.spawn(async move { writer.later.run().await });
        let postman = app.clone();
        tasks.spawn(async move { postman.mailer.run(&postman.store).await });
        tasks.spawn(follow_keys(app.clone()));
        tasks.spawn(seal(app.clone(), Arc::clone(&heads)));
        tasks.spawn(carry_on(app.clone()));
        tasks.spawn(keep_house(app.clone()));
        Self {
            running: tasks,
            heads,
        }
    }

    /// Stops them, and writes what they would have written.
    pub(super) async fn stop(mut self, app: &App) {
        self.running.shutdown().await;
        if let Err(error) = app.later.flush().await {
            tracing::error!(%error, "the last audit events could not be written");
        }
        if let Err(error) = app.usage.flush(&app.store).await {
            tracing::warn!(%error, "the last tokens of machines were not counted");
        }
        if let Err(error) = app.later.sealer().pass(&app.store).await {
            tracing::warn!(%error, "the last audit events are sealed at the next start");
        }
        if let Err(error) = self.heads.lock().await.tell(app).await {
            tracing::warn!(%error, "the last head of the audit log is not told");
        }
    }
}

/// Uses the keys that other nodes and commands made.
async fn follow_keys(app: App) {
    let mut ticks = every(EVERY_SECOND);
    loop {
        ticks.tick().await;
        if let Err(error) = app.keys.reload_if_changed(&app.store).await {
            tracing::warn!(%error, "the signing keys may be old");
        }
    }
}

/// Carries on with imports that the server was ended in, and with those of other nodes that stand
/// still.
async fn carry_on(app: App) {
    let invites = Invites {
        mailer: app.mailer.clone(),
        place: app.config.issuer.url(&paths::invitation_link()),
    };
    let mut ticks = every(SELDOM);
    let mut idle = 0;
    loop {
        ticks.tick().await;
        if let Err(error) = imports::carry_on(&app.store, &invites, idle).await {
            tracing::warn!(%error, "an import stands still for another minute");
        }
        idle = STANDS_STILL;
    }
}

/// Seals audit events, and gathers figures.
async fn seal(app: App, heads: Arc<Mutex<Heads>>) {
    let mut ticks = every(OFTEN);
    loop {
        ticks.tick().await;
        if let Err(error) = app.later.sealer().pass(&app.store).await {
            tracing::warn!(%error, "audit events are not sealed");
        }
        if let Err(error) = heads.lock().await.tell_hourly(&app).await {
            tracing::warn!(%error, "the head of the audit log is told later");
        }
        if let Err(error) = app.usage.flush(&app.store).await {
            tracing::warn!(%error, "the tokens of machines are counted later");
        }
        metrics::recorder().run_upkeep();
    }
}

/// Sweeps and maintains.
async fn keep_house(app: App) {
    let mut ticks = every(SELDOM);
    loop {
        ticks.tick().await;
        if let Err(error) = sweep(&app).await {
            tracing::warn!(%error, "expired rows stay for another minute");
        }
        if let Err(error) = remind(&app).await {
            tracing::warn!(%error, "letters about keys that end are posted a minute later");
        }
        if let Err(error) = maintain_keys(&app).await {
            tracing::error!(%error, "the signing keys are not looked after");
        }
    }
}

/// Tells config Owners of keys that end soon.
async fn remind(app: &App) -> Result<(), StoreError> {
    let issuer = &app.config.issuer;
    let mut tx = app.store.write().await?;
    let page = |org, account| issuer.url(&paths::admin_service_account(org, account));
    service_accounts::remind(&mut tx, &app.mailer, page).await?;
    tx.commit().await
}

/// Removes what has expired: each owner's `sweep` in turn.
async fn sweep(app: &App) -> Result<(), StoreError> {
    let mut tx = app.store.write().await?;
    accounts::throttle::sweep(&mut tx).await?;
    accounts::session::sweep(&mut tx).await?;
    accounts::sign_up::sweep(&mut tx).await?;
    accounts::recover::sweep(&mut tx).await?;
    accounts::new_identifier::sweep(&mut tx).await?;
    guardianship::sweep(&mut tx).await?;
    invitations::sweep(&mut tx).await?;
    grants::sweep(&mut tx).await?;
    imports::sweep(&mut tx).await?;
    service_accounts::sweep(&mut tx).await?;
    oauth::authorize::sweep(&mut tx).await?;
    oauth::sweep_assertions(&mut tx).await?;
    tx.commit().await
}

/// Publishes, uses and removes signing keys as their policy asks.
async fn maintain_keys(app: &App) -> Result<(), KeyError> {
    let changes = app.keys.maintain(&app.store).await?;
    if changes.is_empty() {
        return Ok(());
    }
    let mut tx = app.store.write().await?;
    for change in changes {
        let event = Event::done(Action::SigningKey).by_machine("command", "serve");
        audit::record(&mut tx, event.on(change.successor)).await?;
    }
    Ok(tx.commit().await?)
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
