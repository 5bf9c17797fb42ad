//! Seats for receipts that are followed: bounded as a whole and for each address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::http::access::household;

/// Most receipts followed at once on one listener. Each looks at the store once a second at most.
const SEATS: usize = 512;

/// Most of them from one address: a household, or what a mobile network puts behind one.
const SEATS_OF_ONE: usize = 32;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(in crate::http) struct Room(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    room: Room,
    address: IpAddr,
}

impl Room {
    /// A seat for this address, if one is free.
    pub(super) fn seat(&self, address: IpAddr) -> Option<Seat> {
        let address = household(address);
        let mut taken = self.lock();
        if taken.all >= SEATS {
            return None;
        }
        let own = taken.by_address.entry(address).or_default();
        if *own >= SEATS_OF_ONE {
            return None;
        }
        *own += 1;
        taken.all += 1;
        Some(Seat { room: self.clone(), address })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.room.lock();
        taken.all -= 1;
        if let Some(own) = taken.by_address.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_household_cannot_take_all_seats() {
        let room = Room::default();
        let of_one = |n: usize| room.seat(address(&format!("2001:db8::{n:x}")));
        let seats: Vec<_> = (0..SEATS_OF_ONE).map(|n| of_one(n).unwrap()).collect();
        assert!(of_one(SEATS_OF_ONE).is_none());
        assert!(room.seat(address("2001:db8:0:1::")).is_some());
        drop(seats);
        assert!(of_one(0).is_some());
        assert_eq!(room.lock().by_address.len(), 0, "who has left is not remembered");
    }

    #[test]
    fn the_room_has_an_end() {
        let room = Room::default();
        let seat = |n: usize| room.seat(address(&format!("10.0.{}.{}", n / 256, n % 256)));
        let seats: Vec<_> = (0..SEATS).map(|n| seat(n).unwrap()).collect();
        assert!(seat(SEATS).is_none());
        drop(seats);
        assert!(seat(SEATS).is_some());
    }
}
