//! Overlays: a streamer's named browser sources, and their keys.

use std::{collections::HashMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Directory, DirectoryError, LISTED, read};
use crate::{
    connection::OverlayKind,
    id::{OverlayId, StreamerId},
    store::{Document, DocumentKind, Expect, Wake},
    time::Timestamp,
};

/// An overlay.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// Its id.
    pub id: OverlayId,
    /// Whose it is.
    pub streamer: StreamerId,
    /// Unique per streamer.
    pub name: String,
    /// What it shows.
    pub kind: OverlayKind,
    /// When it was made.
    pub created: Timestamp,
    /// Counts rotations from 1; only this generation's key opens it.
    pub generation: u32,
    version: u64,
}

/// What an overlay's key opens.
#[derive(Clone, Debug)]
pub enum OverlayKey {
    /// An overlay: the key is its present one.
    Opens(Arc<Overlay>),
    /// Nothing any more: its overlay was removed.
    Removed,
    /// Nothing: it is forged, or was rotated.
    Bad,
}

#[derive(Serialize, Deserialize)]
struct Body {
    name: String,
    kind: OverlayKind,
    created: Timestamp,
    generation: u32,
}

impl Directory {
    /// Makes an overlay.
    ///
    /// # Errors
    /// When the name is taken or not fit, or the store fails.
    pub async fn add_overlay(
        &self,
        streamer: &StreamerId,
        name: &str,
        kind: OverlayKind,
    ) -> Result<Overlay, DirectoryError> {
        self.check_name(streamer, name).await?;
        let overlay = Overlay {
            id: OverlayId::new(),
            streamer: streamer.clone(),
            name: name.into(),
            kind,
            created: self.store.now(),
            generation: 1,
            version: 0,
        };
        self.put_overlay(&overlay, Expect::Absent).await?;
        Ok(overlay)
    }

    async fn check_name(&self, streamer: &StreamerId, name: &str) -> Result<(), DirectoryError> {
        let fits = (1..=40).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        if !fits {
            return Err(DirectoryError::BadName("an overlay's name has 1 to 40 characters"));
        }
        let taken = self.overlays(streamer).await?.iter().any(|overlay| overlay.name == name);
        if taken {
            Err(DirectoryError::Exists(format!(
                "an overlay {name:?} exists already: choose another name"
            )))
        } else {
            Ok(())
        }
    }

    /// A streamer's overlays, oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn overlays(&self, streamer: &StreamerId) -> Result<Vec<Overlay>, DirectoryError> {
        let documents =
            self.store.documents(DocumentKind::Overlay, Some(streamer), None, LISTED).await?;
        documents.iter().map(read_overlay).collect()
    }

    /// The generation of each overlay of all streamers.
    ///
    /// # Errors
    /// Those of the store; one overlay that cannot be read hides all others.
    pub async fn generations(&self) -> Result<HashMap<OverlayId, u32>, DirectoryError> {
        let (mut generations, mut after) = (HashMap::new(), None::<String>);
        loop {
            let kind = DocumentKind::Overlay;
            let page = self.store.documents(kind, None, after.as_deref(), LISTED).await?;
            for document in &page {
                let overlay = read_overlay(document)?;
                generations.insert(overlay.id, overlay.generation);
            }
            match page.last() {
                Some(last) if page.len() == LISTED => after = Some(last.id.clone()),
                _ => return Ok(generations),
            }
        }
    }

    /// An overlay by its id or name.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn overlay(
        &self,
        streamer: &StreamerId,
        id_or_name: &str,
    ) -> Result<Option<Overlay>, DirectoryError> {
        let all = self.overlays(streamer).await?;
        Ok(all.into_iter().find(|o| o.name == id_or_name || o.id.to_string() == id_or_name))
    }

    /// What a key opens; where no wake arrives, as it was up to 2 s ago.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn overlay_of_key(&self, key: &str) -> Result<OverlayKey, DirectoryError> {
        let Some((id, generation)) = self.keys.read_overlay_key(key) else {
            return Ok(OverlayKey::Bad);
        };
        let now = self.clock.now();
        let believed = self.overlays.get(&id, now, async || self.read_overlay(id).await).await?;
        let overlay = match believed {
            // It may be from before the key was made.
            Some(old) if old.generation != generation => {
                let overlay = self.read_overlay(id).await?;
                if overlay.as_ref().is_none_or(|overlay| overlay.generation != old.generation) {
                    self.overlays.forget(&id);
                }
                overlay
            }
            believed => believed,
        };
        Ok(match overlay {
            // Only this gateway can have made that key, so its overlay was there once.
            None => OverlayKey::Removed,
            Some(overlay) if overlay.generation == generation => OverlayKey::Opens(overlay),
            Some(_) => OverlayKey::Bad,
        })
    }

    async fn read_overlay(&self, id: OverlayId) -> Result<Option<Arc<Overlay>>, DirectoryError> {
        let document = self.store.document(DocumentKind::Overlay, &id.to_string()).await?;
        Ok(document.as_ref().map(read_overlay).transpose()?.map(Arc::new))
    }

    /// An overlay's present key.
    #[must_use]
    pub fn overlay_key(&self, overlay: &Overlay) -> String {
        self.keys.overlay_key(overlay.id, overlay.generation)
    }

    /// Gives an overlay another name.
    ///
    /// # Errors
    /// When the name is taken or not fit, or the store fails.
    pub async fn rename_overlay(
        &self,
        mut overlay: Overlay,
        name: &str,
    ) -> Result<Overlay, DirectoryError> {
        if overlay.name != name {
            self.check_name(&overlay.streamer, name).await?;
            overlay.name = name.into();
            self.put_overlay(&overlay, Expect::Version(overlay.version)).await?;
        }
        Ok(overlay)
    }

    /// Makes the overlay's key invalid and gives it a new one.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn rotate_overlay(&self, mut overlay: Overlay) -> Result<Overlay, DirectoryError> {
        overlay.generation += 1;
        self.put_overlay(&overlay, Expect::Version(overlay.version)).await?;
        self.store.wake(Wake::Documents(overlay.streamer.clone()));
        Ok(overlay)
    }

    /// Removes an overlay; its sockets are closed.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn remove_overlay(&self, overlay: &Overlay) -> Result<(), DirectoryError> {
        self.store.remove_document(DocumentKind::Overlay, &overlay.id.to_string()).await?;
        self.forget(Some(&overlay.streamer));
        self.store.wake(Wake::Documents(overlay.streamer.clone()));
        Ok(())
    }

    async fn put_overlay(&self, overlay: &Overlay, expect: Expect) -> Result<(), DirectoryError> {
        let body = Body {
            name: overlay.name.clone(),
            kind: overlay.kind,
            created: overlay.created,
            generation: overlay.generation,
        };
        let document = Document {
            id: overlay.id.to_string(),
            owner: Some(overlay.streamer.clone()),
            version: 0,
            expires: None,
            body: serde_json::to_value(body).expect("an overlay is plain JSON"),
        };
        let put = self.store.put_document(DocumentKind::Overlay, document, expect).await?;
        self.forget(Some(&overlay.streamer));
        put.map(|_| ()).ok_or(DirectoryError::Raced)
    }
}

fn read_overlay(document: &Document) -> Result<Overlay, DirectoryError> {
    let body: Body = read(document)?;
    let missing = || super::unreadable(&document.id, "it has no owner or no id");
    Ok(Overlay {
        id: document.id.parse().map_err(|_| missing())?,
        streamer: document.owner.clone().ok_or_else(missing)?,
        name: body.name,
        kind: body.kind,
        created: body.created,
        generation: body.generation,
        version: document.version,
    })
}
