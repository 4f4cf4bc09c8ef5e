internal import CMagic
internal import Synchronization

/// Tells from the first bytes of a file what it is (libmagic's data base), never from its name.
final class TypeDetector: Sendable {
    /// How many bytes it wants to see.
    static let sample = 65_536

    /// The data base could not be read.
    struct Unavailable: Error, CustomStringConvertible {
        let description: String
    }

    private struct Cookie: @unchecked Sendable {
        // Safety of `@unchecked`: used under the lock only.
        let handle: magic_t
    }

    /// Opened with the first use: most processes never look at a file.
    private let cookie = Mutex<Cookie?>(nil)

    /// The media type of `bytes`, such as `image/png`.
    func type(of bytes: [UInt8]) throws -> String {
        try cookie.withLock { cookie in
            let open = try cookie ?? Self.open()
            cookie = open
            let text = bytes.withUnsafeBytes { magic_buffer(open.handle, $0.baseAddress, $0.count) }
            guard let text else {
                throw Unavailable(description: Self.fault(of: open.handle))
            }
            return String(cString: text)
        }
    }

    private static func open() throws -> Cookie {
        guard let handle = magic_open(MAGIC_MIME_TYPE | MAGIC_ERROR) else {
            throw Unavailable(description: "libmagic does not start")
        }
        guard magic_load(handle, nil) == 0 else {
            let fault = fault(of: handle)
            magic_close(handle)
            throw Unavailable(description: fault)
        }
        return Cookie(handle: handle)
    }

    private static func fault(of handle: magic_t) -> String {
        magic_error(handle).map { String(cString: $0) } ?? "libmagic cannot tell"
    }

    deinit { cookie.withLock { if let cookie = $0 { magic_close(cookie.handle) } } }
}
