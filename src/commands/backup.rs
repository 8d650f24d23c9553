//! `tutela backup`.
use std::{
    fs,
    path::{Path, PathBuf},
    process::{self, ExitCode, Stdio},
};

use anyhow::{Context, bail};

use super::{Ending, database_file, open};
use crate::{
    config::Config,
    store::{Schema, check_file},
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file to make; it must not exist yet
    file: PathBuf,
}

pub(super) async fn run(arguments: &Arguments, config: &Config) -> Ending {
    let file = &arguments.file;
    if file.exists() {
        bail!("{} exists already; name a new file", file.display());
    }
    let part = beside(file, "part");
    let copied = match database_file(config) {
        Some(database) => copy(config, &database, &part).await,
        None => dump(config, &part),
    };
    if let Err(error) = copied.and_then(|()| keep(&part, file)) {
        let _ = fs::remove_file(&part); // nothing half-made stays behind
        return Err(error);
    }
    eprintln!(
        "The database is in {}. What opens its signing keys is not: keep {} somewhere else.",
        file.display(),
        match config.keys_secret {
            Some(_) => "keys_secret".to_owned(),
            None => config.keys_dir.display().to_string(),
        }
    );
    Ok(ExitCode::SUCCESS)
}

async fn copy(config: &Config, database: &Path, part: &Path) -> anyhow::Result<()> {
    if !database.exists() {
        bail!("there is no database at {}", database.display());
    }
    let _ = fs::remove_file(part); // left by a copy that was cut short
    let path = part
        .to_str()
        .context("the path of the file must be UTF-8")?;
    let store = open(config, Schema::Leave).await?;
    let copied = store.copy_to(path).await;
    store.close().await;
    copied.context("the copy failed")?;
    Ok(check_file(part).await?)
}

/// PostgreSQL copies itself.
fn dump(config: &Config, part: &Path) -> anyhow::Result<()> {
    let mut dump = process::Command::new("pg_dump");
    dump.args(["--format=custom", "--file"]).arg(part);
    for (name, value) in connection(config.database_url.expose())? {
        dump.env(name, value); // not an argument: those are there for all to see
    }
    let status = dump.stdin(Stdio::null()).stdout(Stdio::null()).status();
    match status.context("PostgreSQL's own pg_dump makes the copy, and it could not be run")? {
        status if status.success() => Ok(()),
        status => bail!("pg_dump failed with {status}"),
    }
}

/// Where the database is, as the environment of PostgreSQL's own tools.
fn connection(url: &str) -> anyhow::Result<Vec<(&'static str, String)>> {
    let url = url::Url::parse(url).context("database_url is no address")?;
    let plain = |text: &str| {
        let text = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
        text.into_owned()
    };
    let mut variables = vec![("PGDATABASE", plain(url.path().trim_start_matches('/')))];
    let mut set = |name, value: Option<&str>| {
        variables.extend(value.filter(|v| !v.is_empty()).map(|v| (name, plain(v))));
    };
    set("PGHOST", url.host_str());
    set("PGUSER", Some(url.username()));
    set("PGPASSWORD", url.password());
    set("PGPORT", url.port().map(|port| port.to_string()).as_deref());
    for (name, value) in url.query_pairs() {
        match name.as_ref() {
            "host" => set("PGHOST", Some(&value)),
            "port" => set("PGPORT", Some(&value)),
            "user" => set("PGUSER", Some(&value)),
            "password" => set("PGPASSWORD", Some(&value)),
            "sslmode" => set("PGSSLMODE", Some(&value)),
            "sslrootcert" => set("PGSSLROOTCERT", Some(&value)),
            _ => {}
        }
    }
    Ok(variables)
}

/// Makes `part` last under its own name, readable by its owner only.
fn keep(part: &Path, file: &Path) -> anyhow::Result<()> {
    let copy = fs::File::open(part)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        copy.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    copy.sync_all()?;
    fs::rename(part, file).with_context(|| format!("cannot write {}", file.display()))
}

/// `path` with `.extension` behind it.
pub(super) fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_the_address_go_to_pg_dump_by_its_environment() {
        let variables = connection("postgres://me:p%40ss@db.test:5433/tutela?sslmode=require");
        let expected = [
            ("PGDATABASE", "tutela"),
            ("PGHOST", "db.test"),
            ("PGUSER", "me"),
            ("PGPASSWORD", "p@ss"),
            ("PGPORT", "5433"),
            ("PGSSLMODE", "require"),
        ];
        let variables = variables.unwrap();
        let variables: Vec<_> = variables.iter().map(|(n, v)| (*n, v.as_str())).collect();
        assert_eq!(variables, expected);
    }
}
