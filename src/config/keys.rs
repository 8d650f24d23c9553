//! The one list of settings.

/// A setting as people write it.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name in the file, dotted.
    pub name: &'static str,
    /// What it is for, for `--help`.
    pub about: &'static str,
    /// The values it takes.
    pub expected: &'static str,
    /// One of them.
    pub example: &'static str,
    /// The value when nobody says anything: of an installation and of the demo.
    /// `None`: off, or worked out from others.
    pub default: Option<[&'static str; 2]>,
    /// `Some`: it is hidden when settings are shown, and may be given in a file that
    /// this other key names.
    pub secret: Option<&'static str>,
    /// How a file writes it.
    pub shape: Shape,
}

/// How a file writes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// In quotes.
    Text,
    /// Without quotes.
    Number,
    /// In brackets; elsewhere its items stand between commas.
    List,
}

impl Key {
    /// The environment variable that sets `name`.
    pub fn variable(name: &str) -> String {
        format!("TUTELA_{}", name.replace('.', "__").to_ascii_uppercase())
    }

    /// The flag that sets `name`.
    pub fn flag(name: &str) -> String {
        format!("--{}", name.replace(['.', '_'], "-"))
    }

    /// The key called `name`.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    const fn new(name: &'static str, about: &'static str, expected: &'static str) -> Self {
        Self {
            name,
            about,
            expected,
            example: "",
            default: None,
            secret: None,
            shape: Shape::Text,
        }
    }

    const fn example(mut self, example: &'static str) -> Self {
        self.example = example;
        self
    }

    const fn default(mut self, serve: &'static str, demo: &'static str) -> Self {
        self.default = Some([serve, demo]);
        self
    }

    const fn secret(mut self, file: &'static str) -> Self {
        self.secret = Some(file);
        self
    }

    const fn shape(mut self, shape: Shape) -> Self {
        self.shape = shape;
        self
    }
}

const ADDRESS: &str = "an IP address and a port";
const PEM: &str = "the path of a PEM file";
const FOLDER: &str = "the path of a folder";
const COUNT: &str = "a whole number, at least 1";

/// Every setting.
pub const KEYS: &[Key] = &[
    Key::new("listen", "Where the server listens", ADDRESS)
        .example("127.0.0.1:8080")
        .default("127.0.0.1:8080", "127.0.0.1:8080"),
    Key::new(
        "issuer",
        "The address that clients know the server by; http:// and `listen` when left out",
        "https://HOST or https://HOST:PORT, lower case, nothing behind it; http only where the host is loopback",
    )
    .example("https://id.example.com"),
    Key::new(
        "database_url",
        "The database",
        "sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME",
    )
    .example("sqlite:data/tutela.db")
    .default("sqlite:data/tutela.db", "sqlite:data/demo/tutela.db")
    .secret("database_url_file"),
    Key::new("keys_dir", "Holds the key-encryption key", FOLDER)
        .example("keys")
        .default("keys", "data/demo/keys"),
    Key::new(
        "keys_secret",
        "The key-encryption key itself, in place of the file in `keys_dir`",
        "32 random bytes as 64 hex digits or base64, as `openssl rand -hex 32` prints them",
    )
    .example("KEY")
    .secret("keys_secret_file"),
    Key::new("tls.cert_file", "The listener's certificate and its chain", PEM)
        .example("/etc/tutela/cert.pem"),
    Key::new("tls.key_file", "The certificate's private key", PEM).example("/etc/tutela/key.pem"),
    Key::new(
        "tls.client_ca_file",
        "Who signs clients' certificates, for mutual TLS",
        PEM,
    )
    .example("/etc/tutela/clients.pem"),
    Key::new("mail.transport", "How letters leave", "file or smtp")
        .example("smtp")
        .default("file", "file"),
    Key::new("mail.dir", "Where letters are put by `file`", FOLDER)
        .example("data/outbox")
        .default("data/outbox", "data/demo/outbox"),
    Key::new(
        "mail.url",
        "Where letters are sent by `smtp`",
        "smtp://USER:PASSWORD@HOST:PORT, or smtps:// for TLS from the start",
    )
    .example("smtps://tutela:PASSWORD@mail.example.com:465")
    .secret("mail.url_file"),
    Key::new(
        "text.url",
        "Where texts to phones are posted as JSON",
        "https://HOST/PATH; http only for loopback hosts",
    )
    .example("https://texts.example.com/send"),
    Key::new("text.token", "Shown to it as bearer token", "a token")
        .example("TOKEN")
        .secret("text.token_file"),
    Key::new(
        "trusted_proxies",
        "Peers whose X-Forwarded-For is believed",
        "a list of IP addresses and networks",
    )
    .example("10.0.0.0/8")
    .default("", "")
    .shape(Shape::List),
    Key::new(
        "outgoing.allow",
        "Private or loopback origins that the server may call",
        "a list of origins: scheme, host and port, nothing behind",
    )
    .example("http://127.0.0.1:7001")
    .default("", "")
    .shape(Shape::List),
    Key::new("outgoing.ca_file", "One more certificate authority to believe", PEM)
        .example("/etc/tutela/ca.pem"),
    Key::new(
        "throttle.address_failures",
        "Failures that one client address may make in 10 minutes",
        COUNT,
    )
    .example("100")
    .default("100", "100")
        .shape(Shape::Number),
    Key::new("import.max_rows", "Most rows of an imported file", COUNT)
        .example("5000")
        .default("5000", "5000")
        .shape(Shape::Number),
    Key::new("import.max_bytes", "Most bytes of an imported file", COUNT)
        .example("10485760")
        .default("10485760", "10485760")
        .shape(Shape::Number),
    Key::new("admin_listen", "Where /metrics is served", ADDRESS)
        .example("127.0.0.1:9464")
        .default("127.0.0.1:9464", "127.0.0.1:9464"),
    Key::new(
        "log.format",
        "The form of the log; pretty on a terminal, else json",
        "pretty or json",
    )
    .example("json"),
    Key::new(
        "otlp_endpoint",
        "Where traces go",
        "the http or https address of an OpenTelemetry collector",
    )
    .example("http://127.0.0.1:4317"),
];
