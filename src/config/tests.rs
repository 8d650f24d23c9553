//! What people read when a configuration is wrong, word by word.
use std::path::PathBuf;

use super::*;

fn sources(environment: &[(&str, &str)]) -> Sources {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Sources {
        environment: environment.iter().map(owned).collect(),
        ..Sources::default()
    }
}

fn faults(sources: &Sources) -> Vec<String> {
    let faults = load(sources).expect_err("the configuration is wrong");
    faults.0.iter().map(ToString::to_string).collect()
}

fn file(folder: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("settings.toml");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn without_a_word_everything_has_its_default() {
    let config = load(&sources(&[])).unwrap().config;
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.issuer.as_str(), "http://127.0.0.1:8080");
    assert_eq!(config.database_url.expose(), "sqlite:data/tutela.db");
    assert_eq!(config.keys_dir, PathBuf::from("keys"));
    assert!(matches!(config.mail, Mail::File { dir } if dir.to_str() == Some("data/outbox")));
    assert_eq!(config.throttle.address_failures, 100);
    assert_eq!(config.import.max_rows, 5000);
    assert_eq!(config.import.max_bytes, 10_485_760);
    assert_eq!(config.admin_listen.to_string(), "127.0.0.1:9464");
    assert_eq!(config.log.format, LogFormat::Json);
    assert!(config.tls.is_none() && config.otlp_endpoint.is_none());
    assert!(config.trusted_proxies.is_empty() && config.outgoing.allow.is_empty());
}

#[test]
fn flags_win_over_the_environment_over_the_file_over_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let mut sources = sources(&[
        ("TUTELA_KEYS_DIR", "from-environment"),
        ("TUTELA_MAIL__DIR", "from-environment"),
        ("PATH", "/bin"),
    ]);
    sources.file = Some(file(
        &folder,
        "keys_dir = 'from-file'\ntrusted_proxies = ['10.0.0.0/8', '::1']\n[mail]\ndir = 'from-file'\n[import]\nmax_rows = 7",
    ));
    sources.flags = vec![("keys_dir".to_owned(), "from-flag".to_owned())];
    let settled = load(&sources).unwrap();
    let config = settled.config;
    assert_eq!(config.keys_dir, PathBuf::from("from-flag"));
    assert!(matches!(config.mail, Mail::File { dir } if dir.to_str() == Some("from-environment")));
    assert_eq!(config.import.max_rows, 7);
    assert_eq!(config.trusted_proxies.len(), 2);
    let source = |key| {
        let shown = settled.effective.iter().find(|e| e.key == key).unwrap();
        shown.source.clone()
    };
    assert_eq!(source("keys_dir"), "the flag --keys-dir");
    assert_eq!(
        source("mail.dir"),
        "the environment variable TUTELA_MAIL__DIR"
    );
    assert!(source("import.max_rows").ends_with("settings.toml"));
    assert_eq!(source("listen"), "the default");
}

#[test]
fn every_fault_is_told_at_once_with_its_cure() {
    let mut sources = sources(&[
        ("TUTELA_LISTEN", "80"),
        ("TUTELA_MAIL__TRANSPORTS", "smtp"),
        ("TUTELA_TRUSTED_PROXIES", "10.0.0.0/8, proxy"),
    ]);
    sources.flags = vec![("issuer".to_owned(), "http://id.example.com".to_owned())];
    let faults = faults(&sources);
    let known = KEYS.iter().map(|k| k.name).collect::<Vec<_>>().join(", ");
    assert_eq!(
        faults,
        [
            format!(
                "mail.transports: there is no such key; did you mean mail.transport?\n  \
                 from      the environment variable TUTELA_MAIL__TRANSPORTS\n  \
                 expected  one of {known}\n  \
                 example   TUTELA_MAIL__TRANSPORT=smtp"
            ),
            "listen: \"80\" will not do\n  \
             from      the environment variable TUTELA_LISTEN\n  \
             expected  an IP address and a port\n  \
             example   TUTELA_LISTEN=127.0.0.1:8080"
                .to_owned(),
            "issuer: \"http://id.example.com\" will not do\n  \
             from      the flag --issuer\n  \
             expected  https://HOST or https://HOST:PORT, lower case, nothing behind it; http only where the host is loopback\n  \
             example   --issuer https://id.example.com"
                .to_owned(),
            "trusted_proxies: \"proxy\" will not do\n  \
             from      the environment variable TUTELA_TRUSTED_PROXIES\n  \
             expected  a list of IP addresses and networks\n  \
             example   TUTELA_TRUSTED_PROXIES=10.0.0.0/8"
                .to_owned(),
        ]
    );
}

#[test]
fn a_fault_in_a_file_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "lisen = '127.0.0.1:1'\n[import]\nmax_rows = 1.5\n");
    let mut sources = sources(&[]);
    sources.file = Some(path.clone());
    let faults = faults(&sources);
    assert!(
        faults[0].starts_with(&format!(
            "lisen: there is no such key; did you mean listen?\n  from      the file {}",
            path.display()
        )),
        "{}",
        faults[0]
    );
    assert!(faults[0].ends_with("example   listen = \"127.0.0.1:8080\""));
    assert_eq!(
        faults[1],
        format!(
            "import.max_rows: \"1.5\" will not do\n  from      the file {}\n  \
             expected  a whole number, at least 1\n  example   import.max_rows = 5000",
            path.display()
        )
    );
}

#[test]
fn a_file_that_is_not_toml_or_not_there_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let mut sources = sources(&[]);
    sources.file = Some(file(&folder, "listen = '127.0.0.1:1'\nissuer https://x\n"));
    assert!(faults(&sources)[0].contains("line 2 is not TOML: "));
    sources.file = Some(folder.path().join("missing.toml"));
    assert!(faults(&sources)[0].contains("missing.toml: there is no such file"));
}

#[test]
fn a_secret_is_never_shown_and_may_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("database");
    std::fs::write(&path, "postgres://tutela:hunter2@db.test/tutela\n").unwrap();
    let named = path.to_str().unwrap();
    let settled = load(&sources(&[("TUTELA_DATABASE_URL_FILE", named)])).unwrap();
    assert_eq!(
        settled.config.database_url.expose(),
        "postgres://tutela:hunter2@db.test/tutela"
    );
    let shown = settled.effective.iter().find(|e| e.key == "database_url");
    let shown = shown.unwrap();
    assert_eq!(shown.value.as_deref(), Some("postgres://…@db.test/tutela"));
    assert_eq!(
        shown.source,
        "the environment variable TUTELA_DATABASE_URL_FILE"
    );
    assert!(!format!("{settled:?}").contains("hunter2"));

    std::fs::write(&path, "mysql://tutela:hunter2@db.test/tutela\n").unwrap();
    let told = faults(&sources(&[("TUTELA_DATABASE_URL_FILE", named)])).concat();
    assert!(told.starts_with("database_url: the value will not do\n"));
    assert!(!told.contains("hunter2"), "{told}");

    let both = [
        ("TUTELA_DATABASE_URL", "sqlite:a.db"),
        ("TUTELA_DATABASE_URL_FILE", named),
    ];
    let told = faults(&sources(&both)).concat();
    assert!(
        told.starts_with("database_url_file: database_url is given here as well"),
        "{told}"
    );
}

#[test]
fn a_higher_place_wins_over_a_secret_file_below_it() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("database");
    std::fs::write(&secret, "sqlite:from-secret.db").unwrap();
    let mut sources = sources(&[("TUTELA_DATABASE_URL", "sqlite:from-environment.db")]);
    sources.file = Some(file(
        &folder,
        &format!("database_url_file = '{}'", secret.display()),
    ));
    let config = load(&sources).unwrap().config;
    assert_eq!(config.database_url.expose(), "sqlite:from-environment.db");
}

#[test]
fn keys_that_do_not_fit_together_are_faults() {
    let told = |environment: &[(&str, &str)]| faults(&sources(environment)).concat();
    for (environment, begins) in [
        (
            &[("TUTELA_LISTEN", "0.0.0.0:8080")] as &[_],
            "issuer: not set, and http://0.0.0.0:8080 (from listen) is not on loopback\n",
        ),
        (
            &[("TUTELA_TLS__CERT_FILE", "cert.pem")],
            "tls.key_file: missing beside the other keys of tls\n",
        ),
        (
            &[("TUTELA_TLS__CLIENT_CA_FILE", "ca.pem")],
            "tls.cert_file: missing beside the other keys of tls\n",
        ),
        (
            &[
                ("TUTELA_TLS__CERT_FILE", "c"),
                ("TUTELA_TLS__KEY_FILE", "k"),
            ],
            "issuer: \"http://127.0.0.1:8080\" is plain http, but the listener speaks TLS\n",
        ),
        (
            &[("TUTELA_MAIL__TRANSPORT", "smtp")],
            "mail.url: missing, and mail.transport is smtp\n",
        ),
        (
            &[("TUTELA_MAIL__TRANSPORT", "pigeon")],
            "mail.transport: \"pigeon\" will not do\n",
        ),
        (
            &[("TUTELA_OTLP_ENDPOINT", "collector:4317")],
            "otlp_endpoint: \"collector:4317\" will not do\n",
        ),
        (
            &[("TUTELA_THROTTLE__ADDRESS_FAILURES", "0")],
            "throttle.address_failures: \"0\" will not do\n",
        ),
        (
            &[("TUTELA_OUTGOING__ALLOW", "http://127.0.0.1:7001/")],
            "outgoing.allow: \"http://127.0.0.1:7001/\" will not do\n",
        ),
        (&[("TUTELA_LOG", "json")], "log: there is no such key\n"),
    ] {
        let told = told(environment);
        assert!(told.starts_with(begins), "{told}");
    }
}

#[test]
fn the_demo_keeps_to_its_own_folder_and_to_loopback() {
    let mut sources = sources(&[]);
    sources.mode = Mode::Demo;
    let config = load(&sources).unwrap().config;
    assert_eq!(config.database_url.expose(), "sqlite:data/demo/tutela.db");
    assert_eq!(config.keys_dir, PathBuf::from("data/demo/keys"));
    sources.flags = vec![
        ("listen".to_owned(), "0.0.0.0:8080".to_owned()),
        ("issuer".to_owned(), "https://id.example.com".to_owned()),
    ];
    assert!(faults(&sources)[0].starts_with("listen: \"0.0.0.0:8080\" is not on loopback"));
}

#[test]
fn every_example_and_every_default_is_accepted() {
    for key in KEYS {
        let example = match key.name {
            "keys_secret" => "00".repeat(32), // a printed key would become somebody's key
            _ => key.example.to_owned(),
        };
        let mut environment = vec![(Key::variable(key.name), example)];
        let needs: &[&str] = match key.name {
            "tls.cert_file" => &["tls.key_file", "issuer"],
            "tls.key_file" => &["tls.cert_file", "issuer"],
            "tls.client_ca_file" => &["tls.cert_file", "tls.key_file", "issuer"],
            "mail.transport" => &["mail.url"],
            "text.token" => &["text.url"],
            _ => &[],
        };
        for name in needs {
            let other = Key::named(name).unwrap();
            environment.push((Key::variable(name), other.example.to_owned()));
        }
        let sources = Sources {
            environment,
            ..Sources::default()
        };
        if let Err(faults) = load(&sources) {
            panic!("{faults}");
        }
    }
}

#[test]
fn port_0_becomes_the_real_port() {
    let config = load(&sources(&[("TUTELA_LISTEN", "127.0.0.1:0")])).unwrap();
    let config = config
        .config
        .listening_at("127.0.0.1:4711".parse().unwrap());
    assert_eq!(config.issuer.as_str(), "http://127.0.0.1:4711");
}

#[test]
fn texts_go_to_a_gateway_by_https_or_on_this_machine() {
    let with = |url, token| {
        load(&sources(&[
            ("TUTELA_TEXT__URL", url),
            ("TUTELA_TEXT__TOKEN", token),
        ]))
    };
    for url in ["https://texts.example.com/send", "http://127.0.0.1:9/send"] {
        let gateway = with(url, "abc").unwrap().config.text_gateway.unwrap();
        assert_eq!(gateway.url.as_str(), url);
        assert_eq!(gateway.token.unwrap().expose(), "abc");
    }
    for url in [
        "http://texts.example.com/send",
        "https://me@texts.example.com",
        "texts",
    ] {
        assert!(with(url, "abc").is_err(), "{url}");
    }
    let alone = load(&sources(&[("TUTELA_TEXT__TOKEN", "abc")]));
    assert!(alone.is_err());
}
