//! `tutela doctor`: everything the server needs, looked at one by one.
use std::{fs, net::IpAddr, path::Path, process::ExitCode};

use super::{Ending, database_file, open, open_existing, print, print_json};
use crate::{
    clock::{Clock, SystemClock, Timestamp},
    config::{Config, Faults, Mail, Settled},
    keys::{self, KeyError, Keys},
    server,
    store::{MigrationError, OpenError, Schema},
};

/// No clock that is right stands before this: 2026-01-01.
const EARLIEST: Timestamp = Timestamp::from_seconds(1_767_225_600);
/// How far in the future a file may have been written, in seconds.
const SKEW: i64 = 60;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum Weight {
    Good,
    Warning,
    Failure,
}

/// What a look at one thing gave.
#[derive(Debug, serde::Serialize)]
struct Finding {
    about: &'static str,
    weight: Weight,
    finding: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cure: Option<String>,
}

impl Finding {
    fn good(about: &'static str, finding: impl Into<String>) -> Self {
        Self {
            about,
            weight: Weight::Good,
            finding: finding.into(),
            cure: None,
        }
    }

    fn bad(about: &'static str, finding: impl Into<String>, cure: impl Into<String>) -> Self {
        Self {
            weight: Weight::Failure,
            cure: Some(cure.into()),
            ..Self::good(about, finding)
        }
    }

    fn doubtful(about: &'static str, finding: impl Into<String>, cure: impl Into<String>) -> Self {
        Self {
            weight: Weight::Warning,
            ..Self::bad(about, finding, cure)
        }
    }
}

pub(super) async fn run(arguments: &Arguments, settled: Result<Settled, Faults>) -> Ending {
    let findings = match settled {
        Ok(settled) => look(&settled.config).await,
        Err(faults) => vec![Finding::bad(
            "configuration",
            faults.to_string(),
            "mend each fault as it says",
        )],
    };
    if arguments.json {
        print_json(&findings)?;
    } else {
        for finding in &findings {
            let mark = match finding.weight {
                Weight::Good => "ok     ",
                Weight::Warning => "warning",
                Weight::Failure => "FAILURE",
            };
            print(&format!("{mark}  {}: {}", finding.about, finding.finding))?;
            if let Some(cure) = &finding.cure {
                print(&format!("         cure: {cure}"))?;
            }
        }
    }
    match findings.iter().any(|f| f.weight == Weight::Failure) {
        true => Ok(ExitCode::FAILURE),
        false => Ok(ExitCode::SUCCESS),
    }
}

async fn look(config: &Config) -> Vec<Finding> {
    vec![
        Finding::good("configuration", format!("the issuer is {}", config.issuer)),
        database(config).await,
        keys(config).await,
        clock(config, SystemClock.now()),
        mail(&config.mail),
        proxies(config),
    ]
}

async fn database(config: &Config) -> Finding {
    const ABOUT: &str = "database";
    if let Some(file) = database_file(config).filter(|file| !file.exists()) {
        return Finding::good(
            ABOUT,
            format!("{} will be made at the first start", file.display()),
        );
    }
    match open(config, Schema::Require).await {
        Ok(store) => {
            store.close().await;
            Finding::good(
                ABOUT,
                "it answers, its schema is up to date, its writes are durable",
            )
        }
        Err(OpenError::Schema(MigrationError::Behind(missing))) => Finding::bad(
            ABOUT,
            format!("{} migrations are not applied", missing.len()),
            "run `tutela migrate`, or start the server without --no-migrate",
        ),
        Err(error @ OpenError::Schema(_)) => Finding::bad(
            ABOUT,
            error.to_string(),
            "use the version of Tutela that wrote it, or restore a backup",
        ),
        Err(error @ OpenError::Forgetful) => Finding::bad(
            ABOUT,
            error.to_string(),
            "ALTER SYSTEM SET synchronous_commit = on; SELECT pg_reload_conf()",
        ),
        Err(error) => Finding::bad(
            ABOUT,
            error.to_string(),
            "see that the database runs, and that database_url names it, its user and its password",
        ),
    }
}

/// The key-encryption key opens every signing key, and is for its owner's eyes only.
async fn keys(config: &Config) -> Finding {
    const ABOUT: &str = "keys";
    let file = config.keys_dir.join("key-encryption-key");
    let place = match config.keys_secret {
        Some(_) => "keys_secret".to_owned(),
        None => file.display().to_string(),
    };
    if config.keys_secret.is_none() && file.exists() && is_open_to_others(&file) {
        return Finding::bad(
            ABOUT,
            format!("{} can be read by others", file.display()),
            format!("chmod 600 {}", file.display()),
        );
    }
    match signing_keys(config).await {
        Ok(0) if config.keys_secret.is_some() => {
            Finding::good(ABOUT, "keys_secret is a key; nothing is sealed with it yet")
        }
        Ok(0) => Finding::good(ABOUT, format!("{place} is made at the first start")),
        Ok(n) => Finding::good(ABOUT, format!("{place} opens {n} signing keys")),
        Err(error) => Finding::bad(
            ABOUT,
            error.to_string(),
            "point keys_dir to the folder whose key this database was written with, or restore \
             that folder; if the key was a setting, set keys_secret or keys_secret_file to it",
        ),
    }
}

/// How many signing keys there are, all of which open. A database that does not open is
/// told of elsewhere.
async fn signing_keys(config: &Config) -> Result<usize, KeyError> {
    let Ok(store) = open_existing(config).await else {
        return Ok(0);
    };
    let count = keys::list(&store).await?.len();
    if count > 0 {
        Keys::open(&store, server::kek_source(config)).await?;
    }
    store.close().await;
    Ok(count)
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

/// Nothing that this installation wrote may lie in the future.
fn clock(config: &Config, now: Timestamp) -> Finding {
    const ABOUT: &str = "clock";
    const CURE: &str = "set the machine's clock by NTP; tokens are dated by it";
    if now < EARLIEST {
        return Finding::bad(ABOUT, format!("it says {now}"), CURE);
    }
    let database = database_file(config);
    for path in database.iter().chain([&config.keys_dir]) {
        let written = fs::metadata(path).and_then(|file| file.modified()).ok();
        let written = written.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let written = written.and_then(|age| i64::try_from(age.as_secs()).ok());
        if written.is_some_and(|at| at > now.seconds() + SKEW) {
            return Finding::bad(
                ABOUT,
                format!("it says {now}, and {} was written later", path.display()),
                CURE,
            );
        }
    }
    Finding::good(ABOUT, format!("it says {now}"))
}

fn mail(mail: &Mail) -> Finding {
    const ABOUT: &str = "mail";
    let dir = match mail {
        Mail::File { dir } => dir,
        Mail::Smtp { .. } => {
            return Finding::bad(
                ABOUT,
                "this version of Tutela has no SMTP yet",
                "set mail.transport to file",
            );
        }
    };
    let probe = dir.join(".tutela-doctor");
    let written = fs::create_dir_all(dir).and_then(|()| fs::write(&probe, []));
    let _ = fs::remove_file(&probe); // it was only a try
    match written {
        Ok(()) => Finding::doubtful(
            ABOUT,
            format!("letters are files in {}; nobody gets them", dir.display()),
            "fine for trying things out; people need mail.transport = smtp",
        ),
        Err(error) => Finding::bad(
            ABOUT,
            format!("{} cannot be written to: {error}", dir.display()),
            "make it a folder that the server's user owns, or set mail.dir",
        ),
    }
}

/// Without its proxies' word the server takes them for the clients.
fn proxies(config: &Config) -> Finding {
    const ABOUT: &str = "proxy headers";
    let is_behind_tls = config.issuer.is_https() && config.tls.is_none();
    if is_behind_tls && config.trusted_proxies.is_empty() {
        return Finding::doubtful(
            ABOUT,
            "the issuer is https and the listener is not, so a proxy stands before it, \
             but none is trusted: all clients seem to come from one address",
            "set trusted_proxies to the proxy's address, for example 10.0.0.5",
        );
    }
    let everybody = |net: &&ipnet::IpNet| net.prefix_len() == 0;
    if let Some(net) = config.trusted_proxies.iter().find(everybody) {
        return Finding::bad(
            ABOUT,
            format!("trusted_proxies holds {net}: anybody may claim any address"),
            "name the proxies only",
        );
    }
    if let Some(listener) = Some(config.listen.ip()).filter(|_| !is_behind_tls)
        && config.tls.is_none()
        && !IpAddr::is_loopback(&listener)
    {
        return Finding::doubtful(
            ABOUT,
            format!("the listener speaks plain HTTP on {listener}"),
            "set tls.cert_file and tls.key_file, or put a proxy with TLS before it",
        );
    }
    Finding::good(
        ABOUT,
        match config.trusted_proxies.len() {
            0 => "nobody's X-Forwarded-For is believed".to_owned(),
            n => format!("{n} networks of proxies are believed"),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Sources, load};

    fn config(flags: &[(&str, &str)]) -> Config {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let sources = Sources {
            flags: flags.iter().map(owned).collect(),
            ..Sources::default()
        };
        load(&sources).unwrap().config
    }

    #[test]
    fn a_clock_before_this_year_or_before_the_database_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("tutela.db");
        std::fs::write(&database, "").unwrap();
        let config = config(&[("database_url", &format!("sqlite:{}", database.display()))]);
        assert_eq!(clock(&config, SystemClock.now()).weight, Weight::Good);
        let slow = SystemClock.now().plus_seconds(-3600);
        assert_eq!(clock(&config, slow).weight, Weight::Failure);
        assert_eq!(
            clock(&config, Timestamp::from_millis(0)).weight,
            Weight::Failure
        );
    }

    #[test]
    fn a_proxy_that_nobody_named_is_noticed() {
        let issuer = ("issuer", "https://id.example.com");
        for (flags, expected) in [
            (&[] as &[_], Weight::Good),
            (&[issuer], Weight::Warning),
            (&[issuer, ("trusted_proxies", "10.0.0.5")], Weight::Good),
            (&[issuer, ("trusted_proxies", "0.0.0.0/0")], Weight::Failure),
        ] {
            assert_eq!(proxies(&config(flags)).weight, expected, "{flags:?}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_key_that_others_may_read_is_a_failure() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key-encryption-key");
        std::fs::write(&file, [0; 32]).unwrap();
        let dir = folder.path().display().to_string();
        let database = format!("sqlite:{dir}/none.db");
        let config = config(&[("keys_dir", &dir), ("database_url", &database)]);
        for (mode, expected) in [(0o600, Weight::Good), (0o640, Weight::Failure)] {
            std::fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(keys(&config).await.weight, expected);
        }
    }
}
