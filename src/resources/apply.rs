//! Making the database match, in one transaction.
use super::{
    Change, Options,
    change::Changes,
    clients,
    declared::{Declared, Organization},
    people, prune, relations,
    secrets::{self, Secrets},
    service_accounts,
};
use crate::{
    accounts::{Busy, Passwords},
    audit::{self, Action, Event},
    id::{DatabaseId, OrganizationId, SolutionId},
    organizations::{self, Database, NewOrganization, Solution, Status},
    store::{Store, StoreError, Tx},
};

/// Why a declaration could not be applied. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// What is declared collides with what is stored.
    #[error("{path}: {problem}")]
    Collision {
        /// Where in the declaration.
        path: String,
        /// With what.
        problem: String,
    },
    /// Passwords cannot be hashed just now.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The database is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ApplyError {
    pub(super) fn collision(path: &str, problem: impl Into<String>) -> Self {
        Self::Collision {
            path: path.to_owned(),
            problem: problem.into(),
        }
    }

    /// Makes of a duplicate that what stands at `path` is taken.
    pub(super) fn taken(path: &str) -> impl FnOnce(StoreError) -> Self {
        let path = path.to_owned();
        move |error| match error.is_duplicate() {
            true => Self::collision(&path, "is taken"),
            false => Self::Store(error),
        }
    }
}

/// What the parts of a run share.
pub(super) struct Run<'a> {
    pub(super) tx: &'a mut Tx,
    pub(super) secrets: &'a Secrets,
    pub(super) changes: Changes,
    /// Whether what is not declared ends.
    pub(super) is_prune: bool,
}

pub(super) async fn apply(
    store: &Store,
    passwords: &Passwords,
    declared: &Declared,
    options: Options,
) -> Result<Vec<Change>, ApplyError> {
    let secrets = secrets::prepare(store, passwords, declared).await?;
    let mut tx = store.write().await?;
    let mut run = Run {
        tx: &mut tx,
        secrets: &secrets,
        changes: Changes::default(),
        is_prune: options.prune,
    };
    // Everybody's account first, since a guardian may stand anywhere in the files.
    let mut made = Vec::new();
    for (n, organization) in declared.organizations.iter().enumerate() {
        let path = format!("organizations[{n}]");
        let id = run.tenant(&path, organization).await?;
        let people = people::put_all(&mut run, id, organization).await?;
        made.push((path, id, people));
    }
    for (organization, (path, id, people)) in declared.organizations.iter().zip(made) {
        relations::put_all(&mut run, id, (organization, &people)).await?;
        run.belongings((&path, id), organization).await?;
        if options.prune {
            prune::prune(&mut run, id, organization).await?;
        }
    }
    for client in &declared.clients {
        clients::put(&mut run, None, client).await?;
    }
    let changes = run.changes.0;
    if !options.dry_run && !changes.is_empty() {
        let event = Event::done(Action::ResourcesApplied)
            .by_machine("command", "apply")
            .because(format!("{} changes", changes.len()));
        audit::record(&mut tx, event).await?;
        tx.commit().await?;
    }
    Ok(changes)
}

impl Run<'_> {
    /// Everything of an organization but its people.
    async fn belongings(
        &mut self,
        (path, id): (&str, OrganizationId),
        declared: &Organization,
    ) -> Result<(), ApplyError> {
        for (n, solution) in declared.solutions.iter().enumerate() {
            let path = format!("{path}.solutions[{n}]");
            self.solution(&path, id, solution).await?;
        }
        for account in &declared.service_accounts {
            service_accounts::put(self, id, account).await?;
        }
        for client in &declared.clients {
            clients::put(self, Some(id), client).await?;
        }
        Ok(())
    }

    async fn tenant(
        &mut self,
        path: &str,
        declared: &Organization,
    ) -> Result<OrganizationId, ApplyError> {
        let label = format!("organization {}", declared.name);
        let Some(id) = secrets::organization_id(self.tx, declared).await? else {
            let new = NewOrganization {
                id: declared.id,
                name: declared.name.clone(),
                status: declared.status.unwrap_or(Status::Active),
                settings: declared.settings.clone().unwrap_or_default(),
            };
            let id = organizations::insert(self.tx, &new).await?;
            let Some(id) = id else {
                let path = format!("{path}.name");
                return Err(ApplyError::collision(&path, "is taken"));
            };
            let servers = declared.resource_servers.as_deref().unwrap_or_default();
            organizations::put_resource_servers(self.tx, id, servers).await?;
            self.changes.added(label);
            return Ok(id);
        };
        let Some(mut stored) = organizations::get(self.tx, id).await? else {
            return Err(ApplyError::collision(path, "the organization went away"));
        };
        let mut fields = Vec::new();
        if stored.name != declared.name {
            stored.name.clone_from(&declared.name);
            fields.push("name");
        }
        if let Some(status) = declared.status
            && stored.status != status
        {
            stored.status = status;
            fields.push("status");
        }
        if let Some(settings) = &declared.settings
            && stored.settings != *settings
        {
            stored.settings = settings.clone();
            fields.push("settings");
        }
        // Nothing said of them leaves them, but with `--prune` ends them.
        let declared_servers = declared.resource_servers.as_deref();
        let servers = declared_servers.or(self.is_prune.then_some(&[]));
        if let Some(servers) = servers
            && sorted(&stored.resource_servers) != sorted(servers)
        {
            organizations::put_resource_servers(self.tx, id, servers).await?;
            fields.push("resource_servers");
        }
        if self.changes.changed(label, fields) {
            let updated = organizations::update(self.tx, &stored).await;
            updated.map_err(ApplyError::taken(&format!("{path}.name")))?;
        }
        Ok(id)
    }

    async fn solution(
        &mut self,
        path: &str,
        organization: OrganizationId,
        declared: &super::declared::Solution,
    ) -> Result<(), ApplyError> {
        let stored = organizations::solutions(self.tx, organization).await?;
        let same = stored.iter().find(|solution| match declared.id {
            Some(id) => solution.id == id,
            None => solution.name == declared.name,
        });
        let label = format!("solution {}", declared.name);
        let id = match same {
            Some(solution) => {
                if solution.name != declared.name {
                    let named =
                        organizations::rename_solution(self.tx, solution.id, &declared.name).await;
                    named.map_err(ApplyError::taken(&format!("{path}.name")))?;
                    self.changes.changed(label, vec!["name"]);
                }
                solution.id
            }
            None => {
                let solution = Solution {
                    id: declared.id.unwrap_or_else(|| self.tx.id()),
                    organization_id: organization,
                    name: declared.name.clone(),
                };
                if !organizations::insert_solution(self.tx, &solution).await? {
                    let is_name = stored.iter().any(|other| other.name == solution.name);
                    return Err(is_taken(path, is_name || declared.id.is_none()));
                }
                self.changes.added(label);
                solution.id
            }
        };
        let stored = organizations::databases(self.tx, id).await?;
        for (n, (database, name)) in declared.databases.iter().enumerate() {
            let path = format!("{path}.databases[{n}]");
            self.database(&path, (id, &stored), (*database, name))
                .await?;
        }
        Ok(())
    }

    async fn database(
        &mut self,
        path: &str,
        (solution, stored): (SolutionId, &[Database]),
        (id, name): (Option<DatabaseId>, &str),
    ) -> Result<(), ApplyError> {
        let same = stored.iter().find(|database| match id {
            Some(id) => database.id == id,
            None => database.name == name,
        });
        let label = format!("database {name}");
        if let Some(database) = same {
            if database.name != name {
                let named = organizations::rename_database(self.tx, database.id, name).await;
                named.map_err(ApplyError::taken(&format!("{path}.name")))?;
                self.changes.changed(label, vec!["name"]);
            }
            return Ok(());
        }
        let database = Database {
            id: id.unwrap_or_else(|| self.tx.id()),
            solution_id: solution,
            name: name.to_owned(),
        };
        if !organizations::insert_database(self.tx, &database).await? {
            let is_name = stored.iter().any(|other| other.name == name);
            return Err(is_taken(path, is_name || id.is_none()));
        }
        self.changes.added(label);
        Ok(())
    }
}

/// Says which of name and id of a new thing another has.
fn is_taken(path: &str, is_name: bool) -> ApplyError {
    let field = if is_name { "name" } else { "id" };
    ApplyError::collision(&format!("{path}.{field}"), "is taken")
}

fn sorted(servers: &[organizations::ResourceServer]) -> Vec<organizations::ResourceServer> {
    let mut servers = servers.to_vec();
    servers.sort_by(|a, b| a.audience.cmp(&b.audience));
    servers
}
