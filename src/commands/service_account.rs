//! `tutela service-account`: machines and their keys, from the shell of the server's own
//! machine.
use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::{Ending, open_existing, print, print_json};
use crate::{
    access::ScopeSet,
    audit::Doer,
    config::Config,
    id::{OrganizationId, ServiceAccountId},
    organizations::{self, Organization},
    service_accounts::{
        self, KeyRefusal, KeysFault, Mode, NewKey, Registration, RotateRefusal, Rotation,
        ServiceAccount, not_registrable,
    },
    store::Tx,
};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Show the service accounts of an organization, with their keys
    List {
        /// The organization's name or id
        #[arg(long)]
        organization: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Register a service account, and print its `client_id`
    Create {
        /// The organization's name or id
        #[arg(long)]
        organization: String,
        /// What it is called; no two of the organization have one name
        #[arg(long)]
        name: String,
        /// `application` or `provider`; may be given twice
        #[arg(long = "mode", required = true)]
        modes: Vec<String>,
        /// `system/` and administrative scopes, separated by spaces
        #[arg(long, default_value = "")]
        scope: ScopeSet,
    },
    /// Make a key, and print it this once
    Key {
        /// The account's `client_id`
        account: ServiceAccountId,
        /// What the key is called
        #[arg(long)]
        name: String,
        /// How many days it lives
        #[arg(long, default_value_t = 90)]
        days: u32,
    },
    /// Replace a key: print a new one this once; the old one goes on for a while, then ends
    Rotate {
        /// The account's `client_id`
        account: ServiceAccountId,
        /// The name of the key to be replaced
        #[arg(long)]
        name: String,
        /// How many hours the old key goes on; 0 ends it at once
        #[arg(long, default_value_t = 168)]
        overlap_hours: u32,
    },
    /// Set the public keys with which it proves itself by private_key_jwt
    PublicKeys {
        /// The account's `client_id`
        account: ServiceAccountId,
        #[command(flatten)]
        from: KeySource,
    },
    /// End a key at once, with every token that it proved
    Revoke {
        /// The account's `client_id`
        account: ServiceAccountId,
        /// The key's name
        #[arg(long)]
        name: String,
    },
}

/// Where public keys come from.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct KeySource {
    /// A file with a JWK set
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// The address of a JWK set
    #[arg(long, value_name = "URL")]
    jwks_uri: Option<String>,
    /// It has none any more
    #[arg(long)]
    none: bool,
}

pub(super) async fn run(command: &Command, config: &Config) -> Ending {
    let store = open_existing(config).await?;
    let mut tx = store.write().await?;
    match command {
        Command::List { organization, json } => list(&mut tx, organization, *json).await?,
        Command::Create {
            organization,
            name,
            modes,
            scope,
        } => create(&mut tx, organization, (name, modes, scope)).await?,
        Command::Key {
            account,
            name,
            days,
        } => key(&mut tx, *account, name, *days).await?,
        Command::Rotate {
            account,
            name,
            overlap_hours,
        } => rotate(&mut tx, *account, name, *overlap_hours).await?,
        Command::PublicKeys { account, from } => public_keys(&mut tx, *account, from).await?,
        Command::Revoke { account, name } => revoke(&mut tx, *account, name).await?,
    }
    tx.commit().await.context("nothing may have been changed")?;
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn organization(tx: &mut Tx, named: &str) -> anyhow::Result<Organization> {
    let found = match named.parse::<OrganizationId>() {
        Ok(id) => organizations::get(tx, id).await?,
        Err(_) => organizations::by_name(tx, named).await?,
    };
    found.with_context(|| format!("there is no organization \"{named}\""))
}

async fn account(tx: &mut Tx, id: ServiceAccountId) -> anyhow::Result<ServiceAccount> {
    let found = service_accounts::find(tx, id).await?;
    found.with_context(|| format!("there is no service account {id}"))
}

async fn list(tx: &mut Tx, named: &str, is_json: bool) -> anyhow::Result<()> {
    let organization = organization(tx, named).await?;
    let mut shown = Vec::new();
    for id in service_accounts::ids_of(tx, organization.id).await? {
        let account = account(tx, id).await?;
        match is_json {
            true => shown.push(as_json(&account, tx)),
            false => print(&as_line(&account, tx))?,
        }
    }
    match is_json {
        true => print_json(&shown),
        false => Ok(()),
    }
}

fn as_line(account: &ServiceAccount, tx: &Tx) -> String {
    let status = match account.is_active {
        true => "active",
        false => "disabled",
    };
    let keys = account.keys.iter().filter(|key| key.is_live(tx.now()));
    let keys: Vec<_> = keys
        .map(|key| format!("{} until {}", key.name, key.expires_at))
        .collect();
    format!(
        "{}  {status:8}  {}  [{}]",
        account.id,
        account.name,
        keys.join(", ")
    )
}

fn as_json(account: &ServiceAccount, tx: &Tx) -> Value {
    let now = tx.now();
    let keys = account.keys.iter().filter(|key| key.revoked_at.is_none());
    let keys: Vec<_> = keys
        .map(|key| {
            json!({
                "id": key.id, "name": key.name, "created_at": key.created_at,
                "expires_at": key.expires_at, "last_used_at": key.last_used_at,
                "rotation_due": key.is_rotation_due(now), "replaced_by": key.replaced_by,
            })
        })
        .collect();
    json!({
        "id": account.id, "name": account.name, "is_active": account.is_active,
        "modes": account.registration.modes, "scopes": account.registration.scopes,
        "api_keys": keys,
    })
}

async fn create(
    tx: &mut Tx,
    named: &str,
    (name, modes, scopes): (&str, &[String], &ScopeSet),
) -> anyhow::Result<()> {
    let organization = organization(tx, named).await?;
    let mut read = Vec::new();
    for mode in modes {
        let mode = Mode::parse(mode).with_context(|| format!("there is no mode \"{mode}\""))?;
        if !read.contains(&mode) {
            read.push(mode);
        }
    }
    let beyond = not_registrable(scopes);
    if !beyond.is_empty() {
        bail!("a service account cannot have {beyond}");
    }
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 80 {
        bail!("a name has 1 to 80 characters");
    }
    let account = ServiceAccount {
        id: tx.id(),
        organization: Some(organization.id),
        name: name.to_owned(),
        is_active: true,
        registration: Registration {
            modes: read,
            scopes: scopes.clone(),
            ..Registration::default()
        },
        keys: Vec::new(),
    };
    let by = Doer::Command("service-account create");
    if service_accounts::register(tx, &account, &by)
        .await?
        .is_err()
    {
        bail!(
            "{} has a service account \"{name}\" already",
            organization.name
        );
    }
    print(&account.id.to_string())
}

async fn key(tx: &mut Tx, id: ServiceAccountId, name: &str, days: u32) -> anyhow::Result<()> {
    let account = account(tx, id).await?;
    let max_days = longest(tx, &account).await?.unwrap_or(days);
    let new = NewKey {
        name: name.to_owned(),
        expires_at: tx.now().plus_days(i64::from(days)),
        max_days,
    };
    let by = Doer::Command("service-account key");
    match service_accounts::create_key(tx, &account, new, &by).await? {
        Ok((_, secret)) => {
            print(secret.expose())?;
            eprintln!("It is shown this once: keep it where secrets are kept.");
            Ok(())
        }
        Err(KeyRefusal::InvalidName) => bail!("a key's name has 1 to 64 characters"),
        Err(KeyRefusal::NameTaken) => bail!("the account has a key \"{name}\" already"),
        Err(KeyRefusal::InvalidExpiry) => bail!("a key lives 1 to {max_days} days here"),
    }
}

/// The longest life of a key of the account, in days, where an organization says one.
async fn longest(tx: &mut Tx, account: &ServiceAccount) -> anyhow::Result<Option<u32>> {
    let Some(id) = account.organization else {
        return Ok(None);
    };
    let organization = organizations::get(tx, id).await?;
    Ok(organization.map(|organization| organization.settings.api_key_max_days))
}

async fn public_keys(tx: &mut Tx, id: ServiceAccountId, from: &KeySource) -> anyhow::Result<()> {
    let mut account = account(tx, id).await?;
    let registration = &mut account.registration;
    registration.jwks_uri.clone_from(&from.jwks_uri);
    registration.jwks = match &from.jwks {
        None => None,
        Some(file) => {
            let place = || format!("cannot read {}", file.display());
            let json = std::fs::read(file).with_context(place)?;
            Some(serde_json::from_slice(&json).with_context(place)?)
        }
    };
    match registration.check_keys() {
        Ok(()) => {}
        Err(KeysFault::Private) => bail!("there is a private key in the file"),
        Err(KeysFault::Unreadable) => bail!("the file holds no JWK set"),
        Err(KeysFault::NoAddress | KeysFault::Both) => bail!("that is no address of the web"),
    }
    let by = Doer::Command("service-account public-keys");
    let changed = service_accounts::change(tx, &account, &by).await?;
    changed.map_err(|_| anyhow::anyhow!("another service account has the name"))
}

async fn rotate(
    tx: &mut Tx,
    id: ServiceAccountId,
    name: &str,
    overlap_hours: u32,
) -> anyhow::Result<()> {
    let account = account(tx, id).await?;
    let key = account.keys.iter().find(|key| key.name == name);
    let key = key.with_context(|| format!("the account has no key \"{name}\""))?;
    let rotation = Rotation {
        name: None,
        expires_at: None,
        max_days: longest(tx, &account).await?.unwrap_or(u32::MAX),
        overlap: i64::from(overlap_hours) * 60 * 60,
    };
    let by = Doer::Command("service-account rotate");
    match service_accounts::rotate_key(tx, &account, key, rotation, &by).await? {
        Ok(made) => {
            print(made.secret.expose())?;
            eprintln!("It is shown this once: keep it where secrets are kept.");
            eprintln!("The old key ends at {}.", made.old_ends_at);
            Ok(())
        }
        Err(RotateRefusal::Ended) => bail!("the key \"{name}\" has ended"),
        Err(RotateRefusal::Replaced) => bail!("the key \"{name}\" was replaced before"),
        Err(RotateRefusal::Overlap) => bail!("the old key goes on for 0 to 720 hours"),
        Err(RotateRefusal::Key(_)) => bail!("the new key could not be made"),
    }
}

async fn revoke(tx: &mut Tx, id: ServiceAccountId, name: &str) -> anyhow::Result<()> {
    let account = account(tx, id).await?;
    let key = account.keys.iter().find(|key| key.name == name);
    let key = key.with_context(|| format!("the account has no key \"{name}\""))?;
    let by = Doer::Command("service-account revoke");
    if !service_accounts::end_key(tx, &account, key.id, &by).await? {
        eprintln!("It had been revoked before.");
    }
    Ok(())
}
