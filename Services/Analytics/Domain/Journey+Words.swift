internal import EventTypes

extension Journey {
    /// What was told to people and to the public, counted by day.
    enum Word: String, CaseIterable, Sendable {
        case raised = "message_raised"
        case read = "message_read"
        case emailSent = "email_sent"
        case emailFailed = "email_failed"
        case published = "document_published"
        case uploaded = "media_uploaded"
    }

    /// A page or a post.
    struct Document: Sendable, Equatable {
        let kind: String
        /// Of the version that is public, or was last.
        let publishedAt: Timestamp
        var isPublic: Bool
    }

    mutating func applyWord(_ event: any PublishedEvent, at time: Timestamp) -> Bool {
        switch event {
        case let fact as NotificationRaised: tell(.raised, fact.raisedAt)
        case let fact as NotificationRead: tell(.read, fact.readAt)
        case let fact as NotificationEmailSent: tell(.emailSent, fact.sentAt)
        case is NotificationEmailFailed: tell(.emailFailed, time)
        case is CMSMediaUploaded: tell(.uploaded, time)
        case let fact as CMSDocumentPublished:
            tell(.published, fact.publishedAt)
            documents[fact.documentID] = Document(
                kind: fact.kind, publishedAt: fact.publishedAt, isPublic: true)
        case let fact as CMSDocumentUnpublished: documents[fact.documentID]?.isPublic = false
        default: return false
        }
        return true
    }

    private mutating func tell(_ word: Word, _ time: Timestamp) {
        told[Tally(day: time.startOfDay, name: word.rawValue), default: 0] += 1
    }
}
