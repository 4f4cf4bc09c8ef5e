internal import CCurl
internal import Glibc
internal import Runtime
internal import Synchronization

/// One connection to a mail server, kept open between messages. It blocks, so it is used on a
/// thread for such calls, by one caller at a time.
final class MailSession: @unchecked Sendable {
    // Safety of `@unchecked`: one caller at a time, which `MailSessions` sees to.

    /// Tells transfers that the program stops.
    final class StopFlag: Sendable {
        private let level = Atomic(0)

        /// What has not begun to leave stays.
        func stopBeginning() { level.store(1, ordering: .releasing) }
        /// What has begun is broken off.
        func breakOff() { level.store(2, ordering: .releasing) }

        func stops(_ hasBegun: Bool) -> Bool {
            level.load(ordering: .acquiring) >= (hasBegun ? 2 : 1)
        }
    }

    private static let connectTimeout: Duration = .seconds(10)
    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private let server: MailServer
    private let stop: StopFlag
    private var curl: UnsafeMutableRawPointer?

    init(_ server: MailServer, stop: StopFlag) {
        self.server = server
        self.stop = stop
    }

    /// Hands a message to the server.
    func deliver(_ envelope: Envelope) -> DeliveryOutcome {
        guard let curl = open() else { return .postponed(.unreachable) }
        var end = transfer(envelope, on: curl)
        if end.isStale {
            // The server had closed the connection that was kept; nothing was said on it.
            _ = souk_curl_long(curl, CURLOPT_FRESH_CONNECT, 1)
            end = transfer(envelope, on: curl)
            _ = souk_curl_long(curl, CURLOPT_FRESH_CONNECT, 0)
        }
        return DeliveryVerdict.outcome(of: end.code, reply: end.reply, hasBegun: end.hasBegun)
    }

    /// Says goodbye to the server.
    func close() {
        if let curl { curl_easy_cleanup(curl) }
        curl = nil
    }

    deinit { close() }

    // MARK: One transfer

    private struct End {
        let code: CURLcode
        let reply: Int
        let hasBegun: Bool
        let isOnKeptConnection: Bool

        var isStale: Bool {
            isOnKeptConnection && !hasBegun && (reply == 0 || reply == 421) && code != CURLE_OK
                && code != CURLE_ABORTED_BY_CALLBACK
        }
    }

    /// What the library reads the text from.
    private final class Source {
        let text: [UInt8]
        let stop: StopFlag
        var position = 0
        var hasBegun = false

        init(_ text: [UInt8], _ stop: StopFlag) {
            self.text = text
            self.stop = stop
        }

        func read(into buffer: UnsafeMutablePointer<CChar>, _ limit: Int) -> Int {
            hasBegun = true
            let count = min(limit, text.count - position)
            guard count > 0 else { return 0 }
            text.withUnsafeBytes { bytes in
                UnsafeMutableRawPointer(buffer).copyMemory(
                    from: bytes.baseAddress! + position, byteCount: count)
            }
            position += count
            return count
        }
    }

    private func transfer(_ envelope: Envelope, on curl: UnsafeMutableRawPointer) -> End {
        let source = Source(envelope.text, stop)
        let recipients = curl_slist_append(nil, envelope.recipient)
        defer { curl_slist_free_all(recipients) }
        return withExtendedLifetime(source) {
            let context = Unmanaged.passUnretained(source).toOpaque()
            let codes = [
                souk_curl_text(curl, CURLOPT_MAIL_FROM, envelope.sender),
                souk_curl_list(curl, CURLOPT_MAIL_RCPT, recipients),
                souk_curl_size(curl, CURLOPT_INFILESIZE_LARGE, Int(envelope.text.count)),
                souk_curl_reader(
                    curl,
                    { buffer, size, count, context in
                        Unmanaged<Source>.fromOpaque(context!).takeUnretainedValue()
                            .read(into: buffer!, size * count)
                    }, context),
                souk_curl_progress(
                    curl,
                    { context, _, _, _, _ in
                        let source = Unmanaged<Source>.fromOpaque(context!).takeUnretainedValue()
                        return source.stop.stops(source.hasBegun) ? 1 : 0
                    }, context),
            ]
            if let fault = codes.first(where: { $0 != CURLE_OK }) {
                return End(code: fault, reply: 0, hasBegun: false, isOnKeptConnection: false)
            }
            let code = curl_easy_perform(curl)
            return End(
                code: code, reply: number(CURLINFO_RESPONSE_CODE, curl),
                hasBegun: source.hasBegun,
                isOnKeptConnection: number(CURLINFO_NUM_CONNECTS, curl) == 0)
        }
    }

    private func number(_ info: CURLINFO, _ curl: UnsafeMutableRawPointer) -> Int {
        var value = 0
        _ = souk_curl_number(curl, info, &value)
        return value
    }

    // MARK: Settings

    private func open() -> UnsafeMutableRawPointer? {
        if let curl { return curl }
        guard Self.isLibraryReady, let curl = curl_easy_init() else { return nil }
        guard configure(curl) else {
            curl_easy_cleanup(curl)
            return nil
        }
        self.curl = curl
        return curl
    }

    private func configure(_ curl: UnsafeMutableRawPointer) -> Bool {
        let policy =
            switch server.startTLS {
            case .required: CURLUSESSL_ALL
            case .ifOffered: CURLUSESSL_TRY
            case .never: CURLUSESSL_NONE
            }
        let connect = min(Self.connectTimeout, server.timeout)
        // For the goodbye, too, which no other limit holds for.
        let reply = max(1, server.timeout.inMilliseconds / 1_000)
        var codes = [
            souk_curl_text(curl, CURLOPT_URL, server.url),
            souk_curl_text(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps"),
            // What the environment says about proxies is about the web.
            souk_curl_text(curl, CURLOPT_PROXY, ""),
            souk_curl_text(curl, CURLOPT_NOPROXY, "*"),
            souk_curl_long(curl, CURLOPT_NOSIGNAL, 1),
            souk_curl_long(curl, CURLOPT_UPLOAD, 1),
            souk_curl_long(curl, CURLOPT_USE_SSL, Int(policy.rawValue)),
            souk_curl_long(curl, CURLOPT_SSL_VERIFYPEER, 1),
            souk_curl_long(curl, CURLOPT_SSL_VERIFYHOST, 2),
            souk_curl_long(curl, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
            souk_curl_long(curl, CURLOPT_CONNECTTIMEOUT_MS, Int(connect.inMilliseconds)),
            souk_curl_long(curl, CURLOPT_TIMEOUT_MS, Int(server.timeout.inMilliseconds)),
            souk_curl_long(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, Int(reply)),
            souk_curl_long(curl, CURLOPT_MAXCONNECTS, 1),
            souk_curl_long(curl, CURLOPT_TCP_KEEPALIVE, 1),
            souk_curl_writer(curl) { _, size, count, _ in size * count },
        ]
        if let file = server.trustedFile {
            codes.append(souk_curl_text(curl, CURLOPT_CAINFO, file))
        }
        if let login = server.login {
            codes.append(souk_curl_text(curl, CURLOPT_USERNAME, login.user))
            codes.append(souk_curl_text(curl, CURLOPT_PASSWORD, login.password))
        }
        return codes.allSatisfy { $0 == CURLE_OK }
    }
}
