//! Making the database match, in one transaction.
use super::{
    Change, Options,
    change::Changes,
    clients,
    declared::{Declared, Organization},
    people, prune,
    secrets::{self, Secrets},
    service_accounts,
};
use crate::{
    accounts::{Busy, Passwords},
    audit::{self, Action, Event},
    id::OrganizationId,
    organizations::{self, Database, NewOrganization, Solution},
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
}

/// What the parts of a run share.
pub(super) struct Run<'a> {
    pub(super) tx: &'a mut Tx,
    pub(super) secrets: &'a Secrets,
    pub(super) changes: Changes,
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
    };
    for (n, organization) in declared.organizations.iter().enumerate() {
        let id = run
            .organization(&format!("organizations[{n}]"), organization)
            .await?;
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
    async fn organization(
        &mut self,
        path: &str,
        declared: &Organization,
    ) -> Result<OrganizationId, ApplyError> {
        let id = self.tenant(path, declared).await?;
        for solution in &declared.solutions {
            self.solution(id, solution).await?;
        }
        people::put_all(self, id, declared).await?;
        for account in &declared.service_accounts {
            service_accounts::put(self, id, account).await?;
        }
        for client in &declared.clients {
            clients::put(self, Some(id), client).await?;
        }
        Ok(id)
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
                settings: declared.settings.clone().unwrap_or_default(),
            };
            let id = organizations::insert(self.tx, &new).await?;
            let Some(id) = id else {
                return Err(ApplyError::collision(
                    path,
                    "another organization has this name",
                ));
            };
            organizations::put_resource_servers(self.tx, id, &declared.resource_servers).await?;
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
        if let Some(settings) = &declared.settings
            && stored.settings != *settings
        {
            stored.settings = settings.clone();
            fields.push("settings");
        }
        let servers = sorted(&declared.resource_servers);
        if sorted(&stored.resource_servers) != servers {
            organizations::put_resource_servers(self.tx, id, &declared.resource_servers).await?;
            fields.push("resource_servers");
        }
        if self.changes.changed(label, fields) {
            organizations::update(self.tx, &stored).await?;
        }
        Ok(id)
    }

    async fn solution(
        &mut self,
        organization: OrganizationId,
        declared: &super::declared::Solution,
    ) -> Result<(), ApplyError> {
        let stored = organizations::solutions(self.tx, organization).await?;
        let same = stored.into_iter().find(|solution| match declared.id {
            Some(id) => solution.id == id,
            None => solution.name == declared.name,
        });
        let id = match same {
            Some(solution) => {
                if solution.name != declared.name {
                    organizations::rename_solution(self.tx, solution.id, &declared.name).await?;
                    self.changes
                        .changed(format!("solution {}", declared.name), vec!["name"]);
                }
                solution.id
            }
            None => {
                let solution = Solution {
                    id: declared.id.unwrap_or_else(|| self.tx.id()),
                    organization_id: organization,
                    name: declared.name.clone(),
                };
                organizations::insert_solution(self.tx, &solution).await?;
                self.changes.added(format!("solution {}", declared.name));
                solution.id
            }
        };
        let stored = organizations::databases(self.tx, id).await?;
        for (database_id, name) in &declared.databases {
            let same = stored.iter().find(|database| match database_id {
                Some(id) => database.id == *id,
                None => database.name == *name,
            });
            match same {
                Some(database) if database.name != *name => {
                    organizations::rename_database(self.tx, database.id, name).await?;
                    self.changes
                        .changed(format!("database {name}"), vec!["name"]);
                }
                Some(_) => {}
                None => {
                    let database = Database {
                        id: database_id.unwrap_or_else(|| self.tx.id()),
                        solution_id: id,
                        name: name.clone(),
                    };
                    organizations::insert_database(self.tx, &database).await?;
                    self.changes.added(format!("database {name}"));
                }
            }
        }
        Ok(())
    }
}

fn sorted(servers: &[organizations::ResourceServer]) -> Vec<organizations::ResourceServer> {
    let mut servers = servers.to_vec();
    servers.sort_by(|a, b| a.audience.cmp(&b.audience));
    servers
}
