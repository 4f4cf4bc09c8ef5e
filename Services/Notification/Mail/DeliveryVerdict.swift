internal import CCurl

/// What the end of a transfer says about the message. The rule that everything hangs on: once the
/// first byte of the text was handed over, only the server's answer to the whole of it says that
/// the message did not leave.
enum DeliveryVerdict {
    /// - Parameters:
    ///   - code: what the library says.
    ///   - reply: the server's last reply; 0 when there was none.
    ///   - hasBegun: whether any byte of the text was handed over.
    static func outcome(of code: CURLcode, reply: Int, hasBegun: Bool) -> DeliveryOutcome {
        if code == CURLE_OK { return .accepted }
        if hasBegun {
            switch reply {
            // To anything before the text the answer was 250 at most with 354 after it.
            case 200...299: return .accepted
            case 400...499: return .postponed(.busy, replyCode: reply)
            case 500...599: return .refused(.refused, replyCode: reply)
            default: return .uncertain(.lost)
            }
        }
        switch code {
        case CURLE_LOGIN_DENIED: return .postponed(.login, replyCode: shown(reply))
        case CURLE_USE_SSL_FAILED, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CIPHER,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            return .postponed(.tls)
        case CURLE_ABORTED_BY_CALLBACK: return .postponed(.stopped)
        // MAIL, RCPT or DATA was answered with this.
        case CURLE_SEND_ERROR where (500...599).contains(reply):
            return [530, 534, 535, 538].contains(reply)
                ? .postponed(.login, replyCode: reply) : .refused(.refused, replyCode: reply)
        default:
            // A server that does not even greet may do so later.
            return reply >= 400
                ? .postponed(.busy, replyCode: reply) : .postponed(.unreachable)
        }
    }

    private static func shown(_ reply: Int) -> Int? { reply == 0 ? nil : reply }
}
