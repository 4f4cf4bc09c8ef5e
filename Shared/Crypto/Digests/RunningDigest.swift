internal import COpenSSL

/// SHA-256 (FIPS 180-4) of something that comes in pieces.
public final class RunningDigest {
    private let context: OpaquePointer

    public init() {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("no memory for a digest") }
        self.context = context
        let done = EVP_DigestInit_ex2(context, DigestAlgorithm.sha256.handle, nil)
        precondition(done == 1, "SHA-2 is always there")
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Takes the next piece.
    public func update(_ piece: [UInt8]) {
        let done = EVP_DigestUpdate(context, piece, piece.count)
        precondition(done == 1, "SHA-2 takes everything")
    }

    /// The 32 bytes for all pieces; to be asked for once, at the end.
    public func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: DigestAlgorithm.sha256.length) { output, count in
            var length: UInt32 = 0
            let done = EVP_DigestFinal_ex(context, output.baseAddress, &length)
            precondition(done == 1, "a digest is finished once")
            count = Int(length)
        }
    }
}
