internal import EventTypes
internal import Glibc

/// Metadata as text, without a way through `Codable`: every event that is written, published or
/// applied has some. Only of what is plain, as nearly all of it is: ASCII without escapes, no name
/// twice. Everything else is JSON's.
enum MetadataText {
    private static let correlation: StaticString = "correlation_id"
    private static let causation: StaticString = "causation_id"
    private static let actor: StaticString = "actor"
    private static let traceparent: StaticString = "traceparent"

    // MARK: Writing

    /// - Returns: nil when a text of it is not plain.
    static func write(_ metadata: EventMetadata) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        append(&bytes, correlation, opening: "{", metadata.correlationID)
        if let id = metadata.causationID { append(&bytes, causation, opening: ",", id) }
        if let text = metadata.actor, !append(&bytes, actor, text) { return nil }
        if let text = metadata.traceparent, !append(&bytes, traceparent, text) { return nil }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private static func append(
        _ bytes: inout [UInt8], _ name: StaticString, opening: Unicode.Scalar
    ) {
        bytes.append(UInt8(ascii: opening))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(
            contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        bytes.append(UInt8(ascii: "\""))
    }

    private static func append<Entity>(
        _ bytes: inout [UInt8], _ name: StaticString, opening: Unicode.Scalar,
        _ id: Identifier<Entity>
    ) {
        append(&bytes, name, opening: opening)
        withUnsafeTemporaryAllocation(byteCount: 36, alignment: 1) { place in
            id.write(to: place)
            bytes.append(contentsOf: UnsafeRawBufferPointer(place))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func append(
        _ bytes: inout [UInt8], _ name: StaticString, _ text: String
    ) -> Bool {
        append(&bytes, name, opening: ",")
        var text = text
        let isPlain = text.withUTF8 { text in
            bytes.append(contentsOf: text)
            return text.allSatisfy { Self.isPlain($0) }
        }
        bytes.append(UInt8(ascii: "\""))
        return isPlain
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    // MARK: Reading

    /// - Returns: nil for what is not plain, or not metadata.
    static func read(_ text: UnsafeRawBufferPointer) -> EventMetadata? {
        var scanner = Scanner(text: text)
        return scanner.metadata()
    }

    private struct Scanner {
        let text: UnsafeRawBufferPointer
        var at = 0
        var correlation: CorrelationID?
        var causation: EventID?
        var actor: String?
        var traceparent: String?

        init(text: UnsafeRawBufferPointer) { self.text = text }

        mutating func metadata() -> EventMetadata? {
            guard take("{") else { return nil }
            repeat {
                guard let name = string(), take(":"), let value = string(), note(name, value) else {
                    return nil
                }
            } while take(",")
            guard take("}"), at == text.count, let correlation else { return nil }
            return EventMetadata(
                correlationID: correlation, causationID: causation, actor: actor,
                traceparent: traceparent)
        }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard at < text.count, text[at] == UInt8(ascii: character) else { return false }
            at += 1
            return true
        }

        private mutating func string() -> UnsafeRawBufferPointer? {
            guard take("\"") else { return nil }
            let start = at
            while at < text.count, isPlain(text[at]) { at += 1 }
            let end = at
            return take("\"") ? UnsafeRawBufferPointer(rebasing: text[start..<end]) : nil
        }

        /// - Returns: false for another name, one that was there before, and what is no identifier.
        private mutating func note(
            _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
        ) -> Bool {
            if Self.equal(name, MetadataText.correlation), correlation == nil {
                correlation = CorrelationID(utf8: value)
                return correlation != nil
            }
            if Self.equal(name, MetadataText.causation), causation == nil {
                causation = EventID(utf8: value)
                return causation != nil
            }
            if Self.equal(name, MetadataText.actor), actor == nil {
                actor = String(decoding: value, as: UTF8.self)
                return true
            }
            if Self.equal(name, MetadataText.traceparent), traceparent == nil {
                traceparent = String(decoding: value, as: UTF8.self)
                return true
            }
            return false
        }

        private static func equal(_ name: UnsafeRawBufferPointer, _ wanted: StaticString) -> Bool {
            guard name.count == wanted.utf8CodeUnitCount, let start = name.baseAddress else {
                return false
            }
            return memcmp(start, wanted.utf8Start, name.count) == 0
        }
    }
}
