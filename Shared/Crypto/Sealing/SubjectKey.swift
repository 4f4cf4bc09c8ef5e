public import Runtime

/// The key that the personal data of one person is sealed with; destroying it erases the person.
public struct SubjectKey: Sendable, Hashable {
    public static let byteCount = AuthenticatedBox.keyBytes

    /// 32 bytes. Only the keeper of the keys has a reason to ask.
    public let bytes: [UInt8]

    /// - Returns: nil unless there are 32 bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// For bytes that the caller made or authenticated: there must be 32.
    public init(bytes: [UInt8]) {
        precondition(bytes.count == Self.byteCount, "a subject's key has 32 bytes")
        self.bytes = bytes
    }

    /// A new key.
    public static func generate(random: any RandomSource = SystemRandom()) -> SubjectKey {
        SubjectKey(bytes: random.bytes(byteCount))
    }
}

extension SubjectKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "SubjectKey(redacted)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
