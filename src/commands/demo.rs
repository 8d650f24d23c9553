//! `tutela demo`: the server on loopback with the example clinic and a playground.
use std::process::ExitCode;

use anyhow::bail;

use super::{Ending, apply, demo_hcps, open, serve};
use crate::{
    config::Config,
    organizations,
    resources::{self, Options},
    store::Schema,
};

/// The example clinic. `{issuer}` stands for the address of the server.
const CLINIC: &str = include_str!("demo.toml");

/// The organization that the demo's database holds, and no other.
const NAME: &str = "Example Clinic";
/// Its database.
const DATABASE: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0101";

pub(super) async fn run(config: Config) -> Ending {
    if !config.listen.ip().is_loopback() {
        bail!("the demo listens on loopback only; leave `listen` out or set it to 127.0.0.1:8080");
    }
    refuse_other_databases(&config).await?;
    let issuer = config.issuer.as_str().to_owned();
    let text = CLINIC.replace("{issuer}", &issuer);
    let declared = match resources::read(&[("demo.toml".to_owned(), text)]) {
        Ok(declared) => declared,
        Err(faults) => {
            let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
            bail!(
                "the example clinic cannot be declared:\n{}",
                lines.join("\n")
            );
        }
    };
    apply::apply(&config, &declared, Options::default()).await?;
    demo_hcps::fill(&config, DATABASE).await?;
    welcome(&issuer);
    serve::run(&serve::Arguments::default(), config).await?;
    Ok(ExitCode::SUCCESS)
}

/// Example people with known passwords must never come into a real installation.
async fn refuse_other_databases(config: &Config) -> anyhow::Result<()> {
    let store = open(config, Schema::Migrate).await?;
    let stored = organizations::list(&mut store.read().await?).await?;
    store.close().await;
    if stored.iter().any(|organization| organization.name != NAME) {
        bail!("database_url holds other organizations; the demo wants a database of its own");
    }
    Ok(())
}

fn welcome(issuer: &str) {
    eprintln!(
        "
Tutela's example clinic is ready.

  Open  {issuer}/playground

  Sign in as           password                        who it is
  john@example.test    correct horse battery staple    a father; acts for himself or for Emily
  anna@example.test    correct horse battery staple    a mother; her son Leo is 13 and more
  rosa@example.test    correct horse battery staple    acts for her granddaughter by a court's order
  ida@example.test     correct horse battery staple    acts for her father, with his consent
  sarah@example.test   correct horse battery staple    a provider
  olga@example.test    correct horse battery staple    the clinic's owner
  carl@example.test    correct horse battery staple    configures the clinic
  cleo@example.test    correct horse battery staple    configures what Carl lets her

  One person has each of the 14 roles: mark, susan, philip, paula, nina, theo, nora, hugo, ines, finn, clara and
  dan @example.test have the others, with the same password.

  Olga, Ines and Carl look after the clinic at {issuer}/admin

  A token for a machine:
  curl -u 7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0b01:tsk_development_only_reminder_bot \\
       -d grant_type=client_credentials {issuer}/token
"
    );
}
