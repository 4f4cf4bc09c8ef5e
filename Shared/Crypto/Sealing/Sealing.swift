public import EventTypes
public import Runtime

/// Where a sealed text stands. It cannot be opened anywhere else, so nobody can move it.
public struct SealContext: Sendable, Hashable {
    public let stream: StreamID
    /// Of the event in its stream.
    public let version: Int64
    /// The member's name in the event's JSON.
    public let field: String

    public init(stream: StreamID, version: Int64, field: String) {
        self.stream = stream
        self.version = version
        self.field = field
    }

    /// Each part with its length before it, so that no two contexts give the same bytes.
    var associatedData: [UInt8] {
        ["souk-seal-1", stream.name, String(version), field].reduce(into: []) { data, part in
            withUnsafeBytes(of: UInt32(part.utf8.count).bigEndian) { data += $0 }
            data += part.utf8
        }
    }
}

/// Seals personal data under the key of its person, with AES-256-GCM.
public enum Sealing {
    /// - Parameters:
    ///   - text: what only holders of the key may read.
    ///   - subject: whom it is about.
    ///   - key: the subject's.
    ///   - context: where the sealed text will stand.
    public static func seal(
        _ text: String, for subject: UserID, key: SubjectKey, context: SealContext,
        random: any RandomSource = SystemRandom()
    ) throws(SealError) -> SealedText {
        let box = try AuthenticatedBox.seal(
            Array(text.utf8), key: key.bytes, associatedData: context.associatedData,
            random: random)
        return SealedText(subject: subject, box: Base64URL.encode(box))
    }

    /// What `seal` was given, if the key and the context are the same.
    public static func open(
        _ sealed: SealedText, key: SubjectKey, context: SealContext
    ) throws(SealError) -> String {
        guard let box = Base64URL.decode(sealed.box) else { throw .malformed }
        let text = try AuthenticatedBox.open(
            box, key: key.bytes, associatedData: context.associatedData)
        guard let text = String(validating: text, as: UTF8.self) else { throw .malformed }
        return text
    }
}
