internal import CKafka
internal import Runtime

/// Takes the lines that librdkafka's threads log.
final class ClientLog: Sendable {
    private let logger: Logger?

    init(_ logger: Logger?) { self.logger = logger }

    typealias Callback =
        @convention(c) (
            OpaquePointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?
        ) -> Void

    static let callback: Callback =
        { client, level, facility, message in
            guard let client, let message, let opaque = rd_kafka_opaque(client) else { return }
            let log = Unmanaged<ClientLog>.fromOpaque(opaque).takeUnretainedValue()
            log.write(
                level, facility.map { String(cString: $0) } ?? "", String(cString: message))
        }

    private func write(_ level: Int32, _ facility: String, _ message: String) {
        // Warnings about configuration are for settings that another kind of client uses.
        let isAside = facility == "CONFWARN"
        logger?.log(isAside ? .debug : Self.level(level), message, ["facility": facility])
    }

    /// From the numbers of syslog.
    private static func level(_ number: Int32) -> LogLevel {
        switch number {
        case ...2: .error
        case 3...4: .warning
        case 5: .info
        default: .debug
        }
    }
}
