//! What the operator may set.
use std::path::PathBuf;

use reqwest::Certificate;
use url::Origin;

/// Settings of the client.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `outgoing.allow`: origins that may be on private addresses and speak http.
    pub allow: Vec<Origin>,
    /// `outgoing.ca_file`: certificate authorities to trust beside the machine's, PEM.
    pub ca_file: Option<PathBuf>,
}

/// The settings do not do.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// `outgoing.ca_file` cannot be read.
    #[error("outgoing.ca_file: cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// `outgoing.ca_file` is not what it should be.
    #[error("outgoing.ca_file: expected certificates in PEM form in {}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
    },
}

impl Settings {
    /// The certificate authorities of `ca_file`.
    pub(super) fn authorities(&self) -> Result<Vec<Certificate>, SettingsError> {
        let Some(path) = self.ca_file.as_ref() else {
            return Ok(Vec::new());
        };
        let pem = std::fs::read(path).map_err(|source| SettingsError::Read {
            path: path.clone(),
            source,
        })?;
        match Certificate::from_pem_bundle(&pem) {
            Ok(certificates) if !certificates.is_empty() => Ok(certificates),
            _ => Err(SettingsError::Pem { path: path.clone() }),
        }
    }
}
