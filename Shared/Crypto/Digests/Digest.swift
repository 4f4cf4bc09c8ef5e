internal import COpenSSL

/// Digests of SHA-2 (FIPS 180-4).
public enum Digest {
    /// 32 bytes.
    public static func sha256(_ message: [UInt8]) -> [UInt8] {
        digest(message, DigestAlgorithm.sha256)
    }

    /// SHA-256 of bytes that stand elsewhere, as four words of the machine: to find things by it.
    public static func sha256Words(
        _ message: UnsafeRawBufferPointer
    ) -> (UInt64, UInt64, UInt64, UInt64) {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { output in
            let done = EVP_Digest(
                message.baseAddress, message.count,
                output.baseAddress?.assumingMemoryBound(to: UInt8.self), nil,
                DigestAlgorithm.sha256.handle, nil)
            precondition(done == 1, "SHA-2 is always there")
        }
        return words
    }

    /// 64 bytes.
    public static func sha512(_ message: [UInt8]) -> [UInt8] {
        digest(message, DigestAlgorithm.sha512)
    }

    /// A digest as people and databases write it: two digits a byte, in lower case.
    public static func hex(_ digest: [UInt8]) -> String { Hex.encode(digest) }

    private static func digest(_ message: [UInt8], _ algorithm: DigestAlgorithm) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: algorithm.length) { output, count in
            var length: UInt32 = 0
            let done = EVP_Digest(
                message, message.count, output.baseAddress, &length, algorithm.handle, nil)
            precondition(done == 1, "SHA-2 is always there")
            count = Int(length)
        }
    }
}

/// Message authentication with a shared key (RFC 2104) over SHA-2.
public enum HMAC {
    /// 32 bytes.
    public static func sha256(key: [UInt8], message: [UInt8]) -> [UInt8] {
        authenticate(key, message, DigestAlgorithm.sha256)
    }

    /// 64 bytes.
    public static func sha512(key: [UInt8], message: [UInt8]) -> [UInt8] {
        authenticate(key, message, DigestAlgorithm.sha512)
    }

    private static func authenticate(
        _ key: [UInt8], _ message: [UInt8], _ algorithm: DigestAlgorithm
    ) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: algorithm.length) { output, count in
            var length: UInt32 = 0
            let done = COpenSSL.HMAC(
                algorithm.handle, key, Int32(key.count), message, message.count,
                output.baseAddress, &length)
            precondition(done != nil, "HMAC over SHA-2 is always there")
            count = Int(length)
        }
    }
}

/// Whether two texts are the same, in a time that depends on their lengths only: for comparing what
/// somebody sent with a secret.
public func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
}

/// A digest of the library, looked up once: each look-up by name costs more than a short digest.
struct DigestAlgorithm: @unchecked Sendable {
    // Safety of `@unchecked`: the library never changes an algorithm that it gave out.
    let handle: OpaquePointer
    let length: Int

    private init(_ name: String, length: Int) {
        guard let handle = EVP_MD_fetch(nil, name, nil) else {
            preconditionFailure("\(name) is part of every OpenSSL")
        }
        self.handle = handle
        self.length = length
    }

    static let sha256 = DigestAlgorithm("SHA256", length: 32)
    static let sha512 = DigestAlgorithm("SHA512", length: 64)
}
