/// Follows the Kafka protocol between a client and a broker and puts other ports into the answers
/// that say where brokers listen. Everything else passes unchanged.
struct PortRewriter {
    /// Longer messages than this are nobody's.
    static let messageLimit = 256 << 20
    private static let metadata: Int16 = 3
    private static let findCoordinator: Int16 = 10

    private let ports: [UInt16: UInt16]
    private var requests = MessageScanner(headerSize: 12)
    private var responses = MessageScanner(headerSize: 8)
    /// The questions whose answers name ports, by correlation number.
    private var asked: [Int32: (key: Int16, version: Int16)] = [:]

    /// - Parameter ports: the real ones and those to be told.
    init(_ ports: [UInt16: UInt16]) { self.ports = ports }

    /// Looks at what the client sends, in pieces of any size.
    ///
    /// - Returns: false when it is not the Kafka protocol.
    mutating func seeRequests(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            switch requests.take(&rest) {
            case .header(let header):
                let key = header.integer(4, as: Int16.self)
                if key == Self.metadata || key == Self.findCoordinator {
                    asked[header.integer(8, as: Int32.self)] = (
                        key, header.integer(6, as: Int16.self)
                    )
                }
            case .body, .incomplete: break
            case .broken: return false
            }
        }
        return true
    }

    /// Appends to `output` what the client shall get for what the broker sends.
    ///
    /// - Returns: false when it is not the Kafka protocol.
    mutating func rewrite(
        responses bytes: UnsafeRawBufferPointer, into output: inout [UInt8]
    ) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            switch responses.take(&rest) {
            case .header(let header):
                if asked[header.integer(4, as: Int32.self)] != nil {
                    responses.gather()
                    finishGathered(into: &output)
                } else {
                    output.append(contentsOf: header)
                }
            case .body(let part):
                if responses.isGathering {
                    finishGathered(into: &output)
                } else {
                    output.append(contentsOf: part)
                }
            case .incomplete: break
            case .broken: return false
            }
        }
        return true
    }

    private mutating func finishGathered(into output: inout [UInt8]) {
        guard var message = responses.gathered() else { return }
        if let question = asked.removeValue(forKey: message.integer(4, as: Int32.self)) {
            var cursor = MessageCursor(at: 8)
            if question.key == Self.metadata {
                rewriteMetadata(&message, &cursor, question.version)
            } else {
                rewriteCoordinator(&message, &cursor, question.version)
            }
        }
        output.append(contentsOf: message)
    }

    private func rewriteMetadata(
        _ message: inout [UInt8], _ cursor: inout MessageCursor, _ version: Int16
    ) {
        // Versions from 9 on have another form, which the mock cluster does not offer.
        guard version < 9 else { return }
        if version >= 3 { cursor.skip(4) }
        guard let count = cursor.int32(message), (0...1_000).contains(count) else { return }
        for _ in 0..<count {
            cursor.skip(4)
            guard cursor.skipText(message), replacePort(&message, &cursor) else { return }
            if version >= 1 { guard cursor.skipText(message) else { return } }
        }
    }

    private func rewriteCoordinator(
        _ message: inout [UInt8], _ cursor: inout MessageCursor, _ version: Int16
    ) {
        guard version < 3 else { return }
        cursor.skip(version >= 1 ? 6 : 2)
        if version >= 1 { guard cursor.skipText(message) else { return } }
        cursor.skip(4)
        guard cursor.skipText(message) else { return }
        _ = replacePort(&message, &cursor)
    }

    private func replacePort(_ message: inout [UInt8], _ cursor: inout MessageCursor) -> Bool {
        let place = cursor.place
        guard let port = cursor.int32(message) else { return false }
        if let real = UInt16(exactly: port), let told = ports[real] {
            message[place + 2] = UInt8(told >> 8)
            message[place + 3] = UInt8(told & 0xff)
        }
        return true
    }
}

/// A place in a message of the Kafka protocol.
private struct MessageCursor {
    private(set) var place: Int

    init(at place: Int) { self.place = place }

    mutating func skip(_ count: Int) { place += count }

    mutating func int32(_ message: [UInt8]) -> Int32? {
        guard place + 4 <= message.count else { return nil }
        defer { place += 4 }
        return message.integer(place, as: Int32.self)
    }

    /// Passes a text with its length in two bytes, -1 for none.
    mutating func skipText(_ message: [UInt8]) -> Bool {
        guard place + 2 <= message.count else { return false }
        let length = message.integer(place, as: Int16.self)
        place += 2 + max(0, Int(length))
        return place <= message.count
    }
}
