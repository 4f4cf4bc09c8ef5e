internal import COpenSSL

/// Owns one Ed25519 key of the library.
final class Ed25519Handle: @unchecked Sendable {
    // Safety of `@unchecked`: the library only reads a key once it is made, also from several
    // threads.

    static let keyBytes = 32
    static let signatureBytes = 64

    private let key: OpaquePointer

    init(owning key: OpaquePointer) { self.key = key }

    deinit { EVP_PKEY_free(key) }

    static func generate() -> Ed25519Handle {
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nil) else {
            preconditionFailure("Ed25519 is part of every OpenSSL 3")
        }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_keygen(context, &key) == 1, let key
        else { preconditionFailure("the library makes no random key") }
        return Ed25519Handle(owning: key)
    }

    static func privateKey(seed: [UInt8]) throws(CryptoError) -> Ed25519Handle {
        Ed25519Handle(
            owning: try OpenSSL.make("read private key") {
                EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
            })
    }

    static func publicKey(_ bytes: [UInt8]) throws(CryptoError) -> Ed25519Handle {
        Ed25519Handle(
            owning: try OpenSSL.make("read public key") {
                EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count)
            })
    }

    /// From PKCS #8 in PEM, unencrypted.
    static func privateKey(pem: String) throws(CryptoError) -> Ed25519Handle {
        let text = Array(pem.utf8)
        guard text.count <= Int(Int32.max) else {
            throw CryptoError("read private key", reason: "too long")
        }
        let input = try OpenSSL.make("read private key") {
            BIO_new_mem_buf(text, Int32(text.count))
        }
        defer { BIO_free(input) }
        // Without a callback of ours the library would ask the terminal for a password.
        let handle = Ed25519Handle(
            owning: try OpenSSL.make("read private key") {
                PEM_read_bio_PrivateKey(input, nil, { _, _, _, _ in -1 }, nil)
            })
        guard EVP_PKEY_get_base_id(handle.key) == EVP_PKEY_ED25519 else {
            throw CryptoError("read private key", reason: "not an Ed25519 key")
        }
        return handle
    }

    func pem() throws(CryptoError) -> String {
        let output = try OpenSSL.make("write private key") { BIO_new(BIO_s_mem()) }
        defer { BIO_free(output) }
        try OpenSSL.check("write private key") {
            PEM_write_bio_PKCS8PrivateKey(output, key, nil, nil, 0, nil, nil)
        }
        var text = [UInt8](repeating: 0, count: BIO_ctrl_pending(output))
        let count = BIO_read(output, &text, Int32(text.count))
        guard count == Int32(text.count) else { throw OpenSSL.failure("write private key") }
        return String(decoding: text, as: UTF8.self)
    }

    /// 32 bytes.
    func publicBytes() throws(CryptoError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.keyBytes)
        var count = bytes.count
        try OpenSSL.check("read public key") {
            EVP_PKEY_get_raw_public_key(key, &bytes, &count)
        }
        guard count == Self.keyBytes else {
            throw CryptoError("read public key", reason: "wrong length")
        }
        return bytes
    }

    /// 64 bytes.
    func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
        let context = try OpenSSL.make("sign", EVP_MD_CTX_new)
        defer { EVP_MD_CTX_free(context) }
        try OpenSSL.check("sign") { EVP_DigestSignInit(context, nil, nil, nil, key) }
        var signature = [UInt8](repeating: 0, count: Self.signatureBytes)
        var count = signature.count
        try OpenSSL.check("sign") {
            EVP_DigestSign(context, &signature, &count, message, message.count)
        }
        return signature
    }

    func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard signature.count == Self.signatureBytes, let context = EVP_MD_CTX_new() else {
            return false
        }
        defer { EVP_MD_CTX_free(context) }
        return EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}
