//! What the other end of a local connection holds and has not read, asked of the kernel by its
//! `sock_diag`: the table of `/proc/net/tcp` takes long where there are thousands of sockets.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

use socket2::{Domain, Protocol, Socket, Type};

const NETLINK: i32 = 16;
const SOCK_DIAG: i32 = 4;
const BY_FAMILY: u16 = 20;
const REQUEST: u16 = 1;
const INET: u8 = 2;
const TCP: u8 = 6;

/// Where an answer has the length of the queue of what was received.
const RECEIVED: usize = 72;

/// How many bytes the peer of this stream has not read. An end that is gone has none.
pub(super) fn unread_by_peer(stream: &TcpStream) -> io::Result<u32> {
    let mut request = Vec::new();
    request.extend(72_u32.to_ne_bytes());
    request.extend([BY_FAMILY, REQUEST].map(u16::to_ne_bytes).concat());
    request.extend([0; 8]);
    request.extend([INET, TCP, 0, 0]);
    // In any state.
    request.extend([0xff; 4]);
    let (theirs, ours) = (stream.peer_addr()?, stream.local_addr()?);
    request.extend([theirs.port(), ours.port()].map(u16::to_be_bytes).concat());
    request.extend([address(theirs), address(ours)].concat());
    // On any interface, and without a cookie.
    request.extend([[0; 4], [0xff; 4], [0xff; 4]].concat());
    let protocol = Some(Protocol::from(SOCK_DIAG));
    let mut kernel = Socket::new(Domain::from(NETLINK), Type::DGRAM, protocol)?;
    kernel.write_all(&request)?;
    let mut answer = [0; 512];
    let length = kernel.read(&mut answer)?;
    let queue = answer[..length].get(RECEIVED..).and_then(|rest| rest.first_chunk());
    Ok(if answer[4..6] == BY_FAMILY.to_ne_bytes() {
        queue.map_or(0, |bytes| u32::from_ne_bytes(*bytes))
    } else {
        0
    })
}

/// An address in the room of one of IPv6.
fn address(address: SocketAddr) -> [u8; 16] {
    let mut room = [0; 16];
    if let SocketAddr::V4(address) = address {
        room[..4].copy_from_slice(&address.ip().octets());
    }
    room
}
