internal import Database
internal import EventStore
internal import EventTypes

/// Every word that products were ever described with: where words that nothing is known by are
/// looked for.
struct VocabularyProjection: Projection {
    static let title = "vocabulary"
    let name = VocabularyProjection.title
    let tables = ["search_word"]
    let definition = """
        create table search_word (word text collate "C" primary key);
        """
    let indexes = """
        create index search_word_trigrams on search_word using gist (word public.gist_trgm_ops);
        """

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var words: Set<String> = []
        for event in events where event.stream.category == Product.category {
            switch try event.decode(ProductEvent.self) {
            case .listed(let fact):
                for text in [fact.title, fact.description, fact.sku] {
                    words.formUnion(SearchWords.words(of: text))
                }
            case .changed(let fact):
                for text in [fact.title, fact.description] {
                    words.formUnion(SearchWords.words(of: text))
                }
            default: break
            }
        }
        if words.isEmpty { return }
        try await connection.execute(
            """
            insert into search_word (word)
            select word from unnest(\(words.sorted())) as added (word)
            on conflict do nothing
            """)
    }
}
