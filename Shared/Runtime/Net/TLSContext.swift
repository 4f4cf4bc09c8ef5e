internal import CTLS

/// Keys and trust, read once and shared by all TLS connections of a server or a client.
public final class TLSContext: @unchecked Sendable {
    // Safety of `@unchecked`: an SSL_CTX is not changed after `init`, and OpenSSL counts its
    // references atomically.
    let handle: OpaquePointer

    /// For servers.
    ///
    /// - Throws: `NetworkError` of code `tls` when a file is missing or is not what it should be.
    public init(server configuration: TLSConfiguration) throws(NetworkError) {
        handle = try Self.context(TLS_server_method())
        let chain = configuration.certificateChainFile
        guard SSL_CTX_use_certificate_chain_file(handle, chain) == 1 else {
            throw Self.failure("read certificates from \(chain)", handle)
        }
        let key = configuration.privateKeyFile
        guard SSL_CTX_use_PrivateKey_file(handle, key, SSL_FILETYPE_PEM) == 1 else {
            throw Self.failure("read the key from \(key)", handle)
        }
        guard SSL_CTX_check_private_key(handle) == 1 else {
            throw Self.failure("match the key \(key) with the certificate", handle)
        }
        SSL_CTX_set_alpn_select_cb(
            handle,
            { _, chosen, length, offered, count, _ in
                // Only HTTP/1.1 is spoken; a client that offers other protocols alone is refused.
                let protocols: StaticString = "\u{8}http/1.1"
                let result = SSL_select_next_proto(
                    UnsafeMutablePointer(OpaquePointer(chosen)), length, protocols.utf8Start,
                    UInt32(protocols.utf8CodeUnitCount), offered, count)
                return result == OPENSSL_NPN_NEGOTIATED
                    ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL
            }, nil)
    }

    /// For clients: certificates are verified against `trust`.
    ///
    /// - Throws: `NetworkError` of code `tls` when the file of authorities cannot be used.
    public init(client trust: TLSTrust) throws(NetworkError) {
        handle = try Self.context(TLS_client_method())
        SSL_CTX_set_verify(handle, SSL_VERIFY_PEER, nil)
        switch trust {
        case .system:
            guard SSL_CTX_set_default_verify_paths(handle) == 1 else {
                throw Self.failure("find the system's authorities", handle)
            }
        case .file(let path):
            guard SSL_CTX_load_verify_locations(handle, path, nil) == 1 else {
                throw Self.failure("read authorities from \(path)", handle)
            }
        }
    }

    private static func context(_ method: OpaquePointer?) throws(NetworkError) -> OpaquePointer {
        ERR_clear_error()
        guard let context = SSL_CTX_new(method), souk_tls_minimum_1_2(context) == 1 else {
            throw NetworkError(.tls, "TLS", reason: "OpenSSL gives no context")
        }
        souk_tls_release_buffers(context)
        return context
    }

    private static func failure(_ operation: String, _ context: OpaquePointer) -> NetworkError {
        let code = ERR_get_error()
        ERR_clear_error()
        let reason = ERR_reason_error_string(code).map { String(cString: $0) } ?? "not usable"
        return NetworkError(.tls, operation, reason: reason)
    }

    deinit { SSL_CTX_free(handle) }
}
