internal import CLibEvent
internal import CTLS

extension ByteStream {
    /// Starts as the server of a TLS connection: the owner is told `streamDidSecure`, then bytes.
    public func startTLS(_ context: TLSContext, _ owner: any ByteStreamOwner) {
        self.owner = owner
        guard let ssl = SSL_new(context.handle) else {
            return failSetup("no TLS connection")
        }
        secure(ssl, as: BUFFEREVENT_SSL_ACCEPTING)
    }

    /// Starts as the client of a TLS connection to `serverName`, which the peer's certificate must
    /// name: the owner is told `streamDidSecure` or a failure of code `untrusted` or `tls`.
    public func startTLS(
        _ context: TLSContext, serverName: String, _ owner: any ByteStreamOwner
    ) {
        self.owner = owner
        guard let ssl = SSL_new(context.handle) else {
            return failSetup("no TLS connection")
        }
        let isNamed: Bool
        if SocketAddress(literal: serverName, port: 0) != nil {
            isNamed = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), serverName) == 1
        } else {
            isNamed =
                SSL_set1_host(ssl, serverName) == 1 && souk_tls_server_name(ssl, serverName) == 1
        }
        guard isNamed else {
            SSL_free(ssl)
            return failSetup("\(serverName) cannot be a TLS server's name")
        }
        secure(ssl, as: BUFFEREVENT_SSL_CONNECTING)
    }

    private func failSetup(_ reason: String) {
        loop.submit { [self] in fail(NetworkError(.tls, "TLS", reason: reason)) }
    }

    private func secure(_ ssl: OpaquePointer, as state: bufferevent_ssl_state) {
        ERR_clear_error()
        guard
            let secured = bufferevent_openssl_socket_new(
                loop.base, descriptor, ssl, state, souk_bev_close_on_free())
        else {
            SSL_free(ssl)
            return failSetup("no buffer for a TLS connection")
        }
        self.secured = secured
        bufferevent_setcb(
            secured,
            { _, context in
                Unmanaged<ByteStream>.fromOpaque(context!).takeUnretainedValue().readSecured()
            },
            { _, context in
                Unmanaged<ByteStream>.fromOpaque(context!).takeUnretainedValue().didDrain()
            },
            { _, what, context in
                Unmanaged<ByteStream>.fromOpaque(context!).takeUnretainedValue().happened(what)
            }, Unmanaged.passUnretained(self).toOpaque())
        isReading = true
        bufferevent_enable(secured, souk_ev_read() | souk_ev_write())
    }

    private func readSecured() {
        // The read buffer is copied into first: the owner may close the stream, and the evbuffer
        // with it, while it looks at the bytes.
        while let secured, isReading {
            let input = bufferevent_get_input(secured)
            let count = evbuffer_remove(input, buffer.memory.baseAddress, buffer.memory.count)
            guard count > 0 else { return }
            owner?.stream(
                self, didRead: UnsafeRawBufferPointer(rebasing: buffer.memory[..<Int(count)]))
        }
    }

    private func happened(_ what: Int16) {
        if what & souk_bev_connected() != 0 {
            owner?.streamDidSecure(self)
        } else if what & souk_bev_eof() != 0 {
            readSecured()
            if !isClosed { endInput() }
        } else if what & souk_bev_error() != 0 {
            fail(failure())
        }
    }

    private func failure() -> NetworkError {
        guard let secured else { return NetworkError(.tls, "TLS", reason: "closed") }
        if let ssl = bufferevent_openssl_get_ssl(secured) {
            let verdict = SSL_get_verify_result(ssl)
            if verdict != CLong(X509_V_OK) {
                let reason = String(cString: X509_verify_cert_error_string(verdict))
                return NetworkError(.untrusted, "TLS", reason: reason)
            }
        }
        let code = bufferevent_get_openssl_error(secured)
        if code != 0, let reason = ERR_reason_error_string(code) {
            return NetworkError(.tls, "TLS", reason: String(cString: reason))
        }
        return NetworkError(.connectionLost, "TLS", reason: "the connection broke")
    }

    /// Sends the peer a close_notify, so that it knows the end for true.
    func shutdownTLS() {
        guard let secured, let ssl = bufferevent_openssl_get_ssl(secured) else { return }
        ERR_clear_error()
        _ = SSL_shutdown(ssl)
        ERR_clear_error()
    }
}
