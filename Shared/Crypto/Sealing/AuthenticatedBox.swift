internal import COpenSSL
public import Runtime

/// Why something sealed cannot be opened, or not be sealed. Says nothing about what is in it.
public enum SealError: Error, Sendable, Hashable, CustomStringConvertible {
    /// It is no box: too short, or not base64url.
    case malformed
    /// The key has another length than 32 bytes.
    case wrongKeyLength
    /// It was sealed with another key or for another place, or it was changed.
    case notAuthentic
    /// The library refused.
    case failed

    public var description: String {
        switch self {
        case .malformed: "not a sealed text"
        case .wrongKeyLength: "a key has 32 bytes"
        case .notAuthentic: "sealed with another key or for another place, or changed since"
        case .failed: "the cipher refused"
        }
    }
}

/// Encrypts bytes so that nobody without the key can read or change them: AES-256-GCM (NIST SP
/// 800-38D) with a random nonce. A box is nonce, ciphertext and tag, 28 bytes more than the text.
///
/// With one key at most 2^32 boxes may be made.
public enum AuthenticatedBox {
    public static let keyBytes = 32
    static let nonceBytes = 12
    static let tagBytes = 16
    /// The library counts in 32 bits.
    static let textLimit = Int(Int32.max)

    /// - Parameters:
    ///   - text: what nobody else may read.
    ///   - key: 32 bytes.
    ///   - associatedData: what the box belongs to; it opens only with the same.
    public static func seal(
        _ text: [UInt8], key: [UInt8], associatedData: [UInt8] = [],
        random: any RandomSource = SystemRandom()
    ) throws(SealError) -> [UInt8] {
        guard key.count == keyBytes else { throw .wrongKeyLength }
        return try seal(
            text, key: key, associatedData: associatedData, nonce: random.bytes(nonceBytes))
    }

    static func seal(
        _ text: [UInt8], key: [UInt8], associatedData: [UInt8], nonce: [UInt8]
    ) throws(SealError) -> [UInt8] {
        guard text.count <= textLimit, associatedData.count <= textLimit else { throw .failed }
        let context = try CipherContext()
        var tag = [UInt8](repeating: 0, count: tagBytes)
        var length: Int32 = 0
        var box = nonce
        box.reserveCapacity(nonceBytes + text.count + tagBytes)
        var ciphertext = [UInt8](repeating: 0, count: text.count)
        guard EVP_EncryptInit_ex2(context.handle, CipherContext.aes256gcm, key, nonce, nil) == 1,
            EVP_EncryptUpdate(
                context.handle, nil, &length, associatedData, Int32(associatedData.count)) == 1,
            text.isEmpty
                || EVP_EncryptUpdate(
                    context.handle, &ciphertext, &length, text, Int32(text.count)) == 1,
            EVP_EncryptFinal_ex(context.handle, &tag, &length) == 1,
            EVP_CIPHER_CTX_ctrl(
                context.handle, EVP_CTRL_AEAD_GET_TAG, Int32(tagBytes), &tag) == 1
        else { throw .failed }
        box += ciphertext
        box += tag
        return box
    }

    /// What `seal` was given.
    public static func open(
        _ box: [UInt8], key: [UInt8], associatedData: [UInt8] = []
    ) throws(SealError) -> [UInt8] {
        guard key.count == keyBytes else { throw .wrongKeyLength }
        guard box.count >= nonceBytes + tagBytes, box.count <= textLimit,
            associatedData.count <= textLimit
        else { throw .malformed }
        let nonce = Array(box[..<nonceBytes])
        let ciphertext = Array(box[nonceBytes..<(box.count - tagBytes)])
        var tag = Array(box[(box.count - tagBytes)...])
        let context = try CipherContext()
        var length: Int32 = 0
        var rest = [UInt8](repeating: 0, count: tagBytes)
        var text = [UInt8](repeating: 0, count: ciphertext.count)
        guard EVP_DecryptInit_ex2(context.handle, CipherContext.aes256gcm, key, nonce, nil) == 1,
            EVP_DecryptUpdate(
                context.handle, nil, &length, associatedData, Int32(associatedData.count)) == 1,
            ciphertext.isEmpty
                || EVP_DecryptUpdate(
                    context.handle, &text, &length, ciphertext, Int32(ciphertext.count)) == 1,
            EVP_CIPHER_CTX_ctrl(
                context.handle, EVP_CTRL_AEAD_SET_TAG, Int32(tagBytes), &tag) == 1
        else { throw .failed }
        guard EVP_DecryptFinal_ex(context.handle, &rest, &length) == 1 else {
            ERR_clear_error()
            throw .notAuthentic
        }
        return text
    }
}

/// One use of the cipher.
private struct CipherContext: ~Copyable {
    let handle: OpaquePointer

    /// Looked up once.
    nonisolated(unsafe) static let aes256gcm: OpaquePointer? = EVP_CIPHER_fetch(
        nil, "AES-256-GCM", nil)

    init() throws(SealError) {
        ERR_clear_error()
        guard let handle = EVP_CIPHER_CTX_new() else { throw .failed }
        self.handle = handle
    }

    deinit { EVP_CIPHER_CTX_free(handle) }
}
