//! The data directory: private files, made on the first run.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret as _, SecretString};

use super::ServeError;
use crate::keys::{Keys, new_token};

/// The file with the admin token.
pub const ADMIN_TOKEN: &str = "admin.token";

/// The file with the address the gateway listens on, for the commands.
pub const ADDRESS: &str = "address";

const MASTER_KEY: &str = "master.key";

/// An opened data directory.
#[derive(Debug)]
pub(super) struct DataDir {
    path: PathBuf,
}

impl DataDir {
    /// Opens the directory, making it (0700) if there is none. An empty one becomes ours; one that
    /// holds something keeps its mode, which `doctor` judges.
    pub(super) fn open(path: &Path) -> Result<Self, ServeError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|error| failed(path, "cannot be made", &error))?;
        if fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none()) {
            let _not_the_owner = fs::set_permissions(path, fs::Permissions::from_mode(0o700));
        }
        let dir = Self { path: path.to_owned() };
        // Found out now, with a plain sentence, rather than at the first sale.
        let probe = path.join(".writable");
        let wrote = fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe));
        wrote.map_err(|error| failed(path, "cannot be written to", &error))?;
        Ok(dir)
    }

    /// The master key, made on the first run. A database without its key is refused: a new key would
    /// make every link and every sealed secret worthless without a word.
    pub(super) fn master_key(&self) -> Result<Keys, ServeError> {
        let file = self.path.join(MASTER_KEY);
        if !file.exists() && self.path.join("tillbell.db").exists() {
            return Err(ServeError::Data(format!(
                "{} is missing although there is a database: restore it from your backup",
                file.display()
            )));
        }
        let text = self.secret_file(MASTER_KEY, Keys::new_master)?;
        Keys::derive(&text)
            .map_err(|error| ServeError::Data(format!("{}: {error}", file.display())))
    }

    /// The admin token, made on the first run.
    pub(super) fn admin_token(&self) -> Result<SecretString, ServeError> {
        self.secret_file(ADMIN_TOKEN, || new_token("tba."))
    }

    fn secret_file(
        &self,
        name: &str,
        make: impl FnOnce() -> Result<SecretString, crate::keys::KeyError>,
    ) -> Result<SecretString, ServeError> {
        let file = self.path.join(name);
        match fs::read_to_string(&file) {
            Ok(text) => Ok(text.trim().to_owned().into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = make().map_err(|error| ServeError::Data(error.to_string()))?;
                let line = format!("{}\n", secret.expose_secret());
                self.write(name, line.as_bytes())
                    .map_err(|error| failed(&file, "cannot be written", &error))?;
                Ok(secret)
            }
            Err(error) => Err(failed(&file, "cannot be read", &error)),
        }
    }

    /// Writes a private file (0600) whole or not at all, and durably.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let temporary = self.path.join(format!(".{name}.new"));
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, self.path.join(name))?;
        fs::File::open(&self.path)?.sync_all()
    }

    /// Tells the commands where the gateway is.
    pub(super) fn announce(&self, url: &str) -> Result<(), ServeError> {
        let file = self.path.join(ADDRESS);
        self.write(ADDRESS, format!("{url}\n").as_bytes())
            .map_err(|error| failed(&file, "cannot be written", &error))
    }

    /// Takes the address back at the end.
    pub(super) fn withdraw(&self) {
        let _missing = fs::remove_file(self.path.join(ADDRESS));
    }
}

fn failed(path: &Path, what: &str, error: &io::Error) -> ServeError {
    ServeError::Data(format!("{} {what}: {error}", path.display()))
}
