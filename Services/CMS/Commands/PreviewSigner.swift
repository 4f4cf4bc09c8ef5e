internal import Crypto
internal import EventTypes

/// Makes and reads the ends of links to previews: which version, and until when.
struct PreviewSigner: Sendable {
    /// What a link shows.
    struct Ticket: Equatable, Sendable {
        let documentID: DocumentID
        let number: Int64
        let expiresAt: Timestamp
    }

    private static let payloadBytes = 32
    let key: [UInt8]

    func sign(_ ticket: Ticket) -> String {
        let words = [
            ticket.documentID.high, ticket.documentID.low, UInt64(bitPattern: ticket.number),
            UInt64(bitPattern: ticket.expiresAt.microseconds),
        ]
        let payload = words.flatMap { word in
            withUnsafeBytes(of: word.bigEndian) { Array($0) }
        }
        return SignedToken.sign(payload, key: key)
    }

    /// Nil when it was not signed here.
    func ticket(_ token: String) -> Ticket? {
        guard let payload = SignedToken.verify(token, key: key),
            payload.count == Self.payloadBytes
        else { return nil }
        let words = stride(from: 0, to: Self.payloadBytes, by: 8).map { start in
            payload[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        return Ticket(
            documentID: DocumentID(high: words[0], low: words[1]),
            number: Int64(bitPattern: words[2]),
            expiresAt: Timestamp(microseconds: Int64(bitPattern: words[3])))
    }
}
