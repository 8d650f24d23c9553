//! `tutela keypair`: a key pair for an HCP, made on this machine. The server makes none, and
//! nothing of this leaves the machine.
use std::{fs::OpenOptions, io::Write, path::PathBuf, process::ExitCode};

use anyhow::{Context, anyhow};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeySize, PrivateDecryptingKey},
};
use zeroize::Zeroizing;

use super::{Ending, print, print_json};
use crate::{hcps, id::HcpId};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Write the pair to this new file, which only you may read
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The HCP that it is for
    #[arg(long, value_name = "ID")]
    hcp_id: Option<HcpId>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The pair, as the server's page lets it be downloaded.
#[derive(serde::Serialize)]
struct Pair {
    #[serde(skip_serializing_if = "Option::is_none")]
    hcp_id: Option<HcpId>,
    algorithm: &'static str,
    /// SPKI DER, in hexadecimal.
    public_key: String,
    /// PKCS #8 DER, in hexadecimal.
    private_key: Zeroizing<String>,
}

impl Pair {
    fn generate(hcp_id: Option<HcpId>) -> anyhow::Result<Self> {
        let failed = |_| anyhow!("no key pair could be made");
        let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).map_err(failed)?;
        let spki: PublicKeyX509Der<'_> = private.public_key().as_der().map_err(failed)?;
        let pkcs8: Pkcs8V1Der<'_> = private.as_der().map_err(failed)?;
        Ok(Self {
            hcp_id,
            algorithm: hcps::ALG,
            public_key: hex::encode(spki.as_ref()),
            private_key: Zeroizing::new(hex::encode(pkcs8.as_ref())),
        })
    }
}

pub(super) fn run(arguments: &Arguments) -> Ending {
    let pair = Pair::generate(arguments.hcp_id)?;
    match &arguments.out {
        Some(file) => {
            write(file, &pair)?;
            match arguments.json {
                true => print_json(&serde_json::json!({ "public_key": pair.public_key }))?,
                false => print(&pair.public_key)?,
            }
            eprintln!("The pair is in {}.", file.display());
        }
        None if arguments.json => print_json(&pair)?,
        None => {
            print(&format!("public key (SPKI): {}", pair.public_key))?;
            print(&format!("private key (PKCS #8): {}", *pair.private_key))?;
        }
    }
    eprintln!("Register the public key only. A lost private key means lost data: keep it safe.");
    Ok(ExitCode::SUCCESS)
}

/// Writes a file that was not there and that only its owner reads.
fn write(file: &PathBuf, pair: &Pair) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(file);
    let mut opened = opened.with_context(|| format!("cannot make {}", file.display()))?;
    let json = Zeroizing::new(serde_json::to_string_pretty(pair)? + "\n");
    let written = opened.write_all(json.as_bytes());
    written
        .and_then(|()| opened.sync_all())
        .with_context(|| format!("cannot write {}", file.display()))
}
