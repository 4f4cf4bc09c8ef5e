internal import COpenSSL

/// A cryptographic operation that the library refused: a broken key, no memory. Never holds
/// secrets.
public struct CryptoError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was tried, such as `read private key`.
    public let operation: String
    /// What the library says.
    public let reason: String

    init(_ operation: String, reason: String) {
        self.operation = operation
        self.reason = reason
    }

    public var description: String { "cannot \(operation): \(reason)" }
}

/// Calls into OpenSSL with its queue of errors kept apart: the queue belongs to the thread, and
/// what somebody else left in it would be read as ours.
enum OpenSSL {
    private static let reasonLength = 160

    /// Runs `body`; nil or a value that is not 1 is a failure.
    static func check(_ operation: String, _ body: () -> Int32) throws(CryptoError) {
        ERR_clear_error()
        guard body() == 1 else { throw failure(operation) }
    }

    /// Runs `body`, which gives an object or nil.
    static func make(
        _ operation: String, _ body: () -> OpaquePointer?
    ) throws(CryptoError) -> OpaquePointer {
        ERR_clear_error()
        guard let object = body() else { throw failure(operation) }
        return object
    }

    /// Reads the queue at once, on the thread of the call that failed.
    static func failure(_ operation: String) -> CryptoError {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0, let reason = ERR_reason_error_string(code) else {
            return CryptoError(operation, reason: "refused")
        }
        return CryptoError(
            operation, reason: String(String(cString: reason).prefix(reasonLength)))
    }
}
