//! The data directory: private files, made on the first run.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret as _, SecretString};

use super::ServeError;
use crate::{
    keys::{KeyError, Keys, new_token},
    store::DirLock,
};

/// The file with the admin token.
pub const ADMIN_TOKEN: &str = "admin.token";

/// The file with the address the gateway listens on, for the commands.
pub const ADDRESS: &str = "address";

/// The file with the master key.
pub const MASTER_KEY: &str = "master.key";

const DATABASE: &str = "tillbell.db";

/// An opened data directory.
#[derive(Debug)]
pub(super) struct DataDir {
    path: PathBuf,
    /// The right to use it, when no store in it has that.
    lock: Option<DirLock>,
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
        let dir = Self { path: path.to_owned(), lock: None };
        // Found out now, with a plain sentence, rather than at the first sale.
        let probe = path.join(".writable");
        let wrote = fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe));
        wrote.map_err(|error| failed(path, "cannot be written to", &error))?;
        Ok(dir)
    }

    /// Takes the right to use it, as the embedded store does for itself.
    pub(super) fn lock(&mut self) -> Result<(), ServeError> {
        self.lock = Some(DirLock::take(&self.path)?);
        Ok(())
    }

    /// Whether it holds the data of an embedded store.
    pub(super) fn has_database(&self) -> bool {
        self.path.join(DATABASE).exists()
    }

    /// The master key, if it has one. A database without its key is refused: a new key would make
    /// every link and every sealed secret worthless without a word.
    pub(super) fn master_key(&self) -> Result<Option<SecretString>, ServeError> {
        let key = self.secret(MASTER_KEY)?;
        if key.is_none() && self.has_database() {
            return Err(ServeError::Data(format!(
                "{} is missing although there is a database: restore it from your backup",
                self.path.join(MASTER_KEY).display()
            )));
        }
        Ok(key)
    }

    /// Its master key and admin token, made on the first run.
    pub(super) fn identity(&self) -> Result<(Keys, SecretString), ServeError> {
        let failed = |error: KeyError| ServeError::Data(error.to_string());
        let master = match self.master_key()? {
            Some(master) => master,
            None => self.keep_master_key(Keys::new_master().map_err(failed)?)?,
        };
        let token = match self.admin_token()? {
            Some(token) => token,
            None => self.keep_admin_token(new_token("tba.").map_err(failed)?)?,
        };
        Ok((self.keys(&master)?, token))
    }

    /// The keys that come from a master key.
    pub(super) fn keys(&self, master: &SecretString) -> Result<Keys, ServeError> {
        let file = self.path.join(MASTER_KEY);
        Keys::derive(master)
            .map_err(|error| ServeError::Data(format!("{}: {error}", file.display())))
    }

    /// The admin token, if it has one.
    pub(super) fn admin_token(&self) -> Result<Option<SecretString>, ServeError> {
        self.secret(ADMIN_TOKEN)
    }

    /// Keeps a master key.
    pub(super) fn keep_master_key(&self, key: SecretString) -> Result<SecretString, ServeError> {
        self.keep(MASTER_KEY, key)
    }

    /// Keeps an admin token.
    pub(super) fn keep_admin_token(&self, token: SecretString) -> Result<SecretString, ServeError> {
        self.keep(ADMIN_TOKEN, token)
    }

    fn secret(&self, name: &str) -> Result<Option<SecretString>, ServeError> {
        let file = self.path.join(name);
        match fs::read_to_string(&file) {
            Ok(text) => Ok(Some(text.trim().into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&file, "cannot be read", &error)),
        }
    }

    fn keep(&self, name: &str, secret: SecretString) -> Result<SecretString, ServeError> {
        let line = format!("{}\n", secret.expose_secret());
        self.write(name, line.as_bytes())
            .map_err(|error| failed(&self.path.join(name), "cannot be written", &error))?;
        Ok(secret)
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
