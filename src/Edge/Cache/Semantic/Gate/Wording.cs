namespace Edge.Cache.Semantic.Gate;

/// <summary>What people say in more than one way when they mean one thing, written down: frames of questions, politeness, phrases, everyday synonyms, opposites.</summary>
internal static class Wording
{
    /// <summary>
    /// Phrases and what stands for them. A word may have alternatives (a|b), be optional (a?), or be any word (*), which is kept; ^ is where a sentence begins, ~ takes every form of a verb. The longest phrase at a place wins, of equal ones the first. Right of the arrow are words, or one of the marks
    /// of a question's kind; nothing means that the phrase says nothing.
    /// </summary>
    public static readonly string[] Phrases =
    [
        // How a thing is done.
        "how do|can|could|should|would|did|might|may|must i|we|you|one|people|somebody|someone -> howto",
        "how do|can|could|should|would i|we|you go about -> howto",
        "how to -> howto",
        "how am|are i|we|you supposed|meant|able to -> howto",
        "how is it possible to -> howto",
        "how would|do i|we|you best -> howto",
        "what is|are|would|was be? the|a|an|some|my|one best|easiest|right|correct|proper|simplest|good|quickest|fastest|easy|simple|recommended|ideal|usual|typical|safest|most? effective|efficient? way|ways|method|methods|approach|procedure|process to|of|for -> howto",
        "what is|are|would be? the|a|an|some|my best|easiest|right|correct|proper|simplest|good|easy|simple|recommended|ideal|usual way|ways|method|methods|approach|procedure|process to|of|for -> howto",
        "what is|are the|a|an|some|my way|ways|method|methods|approach|procedure|process|steps|step to|of|for -> howto",
        "what is|are a|an|the * way|method to -> howto *",
        "how do|would|can i|you|we|one say -> translate",
        "how do|does|did * and * differ -> what is difference between * and *",
        "how is|are|was the? weather -> what is weather",
        "what is|are|was the? weather like -> what is weather",
        "what is|are|was * like -> what is *",
        "what is|are the? steps|procedure|process i|we|you? need|have|should|must? to? take|follow to -> howto",
        "what steps|step do|should|must|can i|we|you need|have? to? take|follow to -> howto",
        "what are the steps needed|required|necessary|involved? to|for|in -> howto",
        "is there a|any|an|some way|ways|method|option|possibility to|of|for|that? i? can? -> howto",
        "are there any ways|methods|options to|of|for -> howto",
        "what do|can|should|must i|we|you need|have? to? do to|in order? to? -> howto",
        "what do|must|should i|we|you have|need to do in? order? to -> howto",
        "what can|should|could|must|do i|we|you do to -> howto",
        "what is|are required|needed|necessary to -> howto",
        "what does it take to -> howto",
        "which steps are needed|required|necessary to -> howto",
        "in what way|ways do|does|can|could|is|are -> how",
        "guide me through|on|in how? to? -> howto",
        "walk me through how? to? -> howto",
        "show|tell|teach|explain|describe me|us? to? me|us? how to|i|we|you can|could|should? -> howto",
        "explain|show|describe to me how -> how",
        "explain|show|describe|tell me? how -> how",
        "help me to? -> howto",
        "instructions|instruction|directions|steps|guide|tutorial|tips for|on|to -> howto",
        "i want|need|wish|like|try|tried|trying|would like to know|learn|understand|find|see|hear out? -> ",
        "i want|need to know|learn how to -> howto",
        "i am|was trying|looking|wanting|wishing|hoping|attempting to -> i want to",
        // Asked for, politely.
        "please|kindly|pls|plz -> ",
        "can|could|would|will|may|might you please|kindly|possibly|maybe|quickly? help|assist? me|us? tell|show|give|explain|describe to|for? me|us? please? -> tell",
        "can|could|would|will you please|kindly? -> ",
        "would you mind -> ",
        "are you able to -> ",
        "is it possible for you to -> ",
        "i would|want|need|wish|like|love to? you to -> ",
        "i want|need|like you to -> ",
        "i would be grateful|glad|happy if you could|can|would -> ",
        "i would appreciate it if you could|can|would -> ",
        "do you know|happen to? know? -> tell",
        "any idea|ideas|clue|thoughts about|on? -> tell",
        "do you have any idea|ideas|clue|information about|on? -> tell",
        "i am|was wondering|curious if|about|whether? -> tell",
        "i wonder if|about|whether? -> tell",
        "could|can|may i ask|know -> tell",
        "let me know -> tell",
        "i have a|one|this|some question|questions about|on|regarding|concerning? -> tell",
        "question -> ",
        "quick question -> ",
        "excuse me -> ",
        "hi|hello|hey|greetings|dear there|all|everyone|team|assistant|bot|chatgpt|claude? -> ",
        "good day -> ",
        "thanks|thank|thx|cheers you? so? very? a? lot|much? in? advance? -> thanks",
        "tell|give|show me|us -> tell",
        "^tell|give|show|provide|present|display|suggest|recommend|propose me? -> tell",
        "^i need|want|would like a|an|some|the? -> tell",
        "^list|name|enumerate all|every? of? the? -> tell",
        "^explain|describe|define|clarify -> define",
        "tell explain|describe|define|clarify|list|name -> tell",
        "someone|somebody|person|people|one who|that is|are a|an? -> ",
        "tell|give|show me|us a|an|the|some|brief|short? explanation|description|overview|introduction of|to|about|on -> define",
        "tell me more? about -> tell about",
        "give me more? information|info|details about|on -> tell about",
        "what can you tell me about -> tell about",
        "i need|want|require|would like -> i need",
        "for me|us -> ",
        "if possible|you can|you could -> ",
        "as soon as possible -> urgently",
        "right now|away -> now",
        "at the moment -> now",
        "at present -> now",
        "in order to -> to",
        "so that i can -> to",
        "a lot of|lots of|plenty of|a number of -> many",
        // What, when, where, why, who.
        "what time|hour do|does|is|are|did|will|can|should? -> when",
        "at what|which time|hour|date do|does|is|are|did|will|can|should? -> when",
        "on|in what|which day|date|year|month do|does|is|are|did|will|was|were? -> when",
        "what|which day|date do|does|is|are|did|will|was|were? -> when",
        "what year|month do|does|is|are|did|will|was|were -> when",
        "in|at what|which place|places|location|locations do|does|is|are|did|can? -> where",
        "what|which place|places|location|locations do|does|is|are|did|can? -> where",
        "what is|was|are|were the? reason|reasons|cause that|why|for|behind? -> why",
        "for what reason|reasons do|does|is|are|did? -> why",
        "how come -> why",
        "what makes|made|causes -> why",
        "who is|was|are|were the|an? author|authors|writer|writers of -> who write",
        "who is|was|are|were the|an? inventor|inventors of -> who invent",
        "who is|was|are|were the|an? founder|founders of -> who found",
        "who is|was|are|were the|an? creator|creators of -> who create",
        "who is|was|are|were the|an? winner|winners of -> who win",
        "who is|was|are|were the|an? owner|owners of -> who own",
        "who is|was|are|were the|an? director|directors of -> who direct",
        "by whom is|was|are|were -> who",
        "what is|was|are|were the? name|names of the? person|people|man|woman who -> who",
        "what is|was|are|were the? name of the? president -> who is president",
        "what does|do|did -> what",
        "what is|are|was the? meaning|definition|sense of -> define",
        "what is|are meant by -> define",
        "what do you mean|understand by -> define",
        "define -> define",
        "give|provide me? a|an|the definition|explanation of|for -> define",
        "definition|meaning of -> define",
        "tell what -> what",
        "explain what -> define",
        "tell define -> define",
        "tell about what -> what",
        // Measures asked for.
        "how many -> howmany",
        "what is|was|are the? number|count|amount|quantity of -> howmany",
        "what number|amount|quantity of -> howmany",
        "how much time|longer do|does|did|will|would|is? it? take|takes|took|need|needs|needed|required? to? -> howlong",
        "how long do|does|did|will|would|should|can|is? it? take|takes|took|need? to? -> howlong",
        "what is the duration of -> howlong",
        "how far away? is|are|was -> what is distance",
        "how far -> what is distance",
        "how old is|are|was|were -> what is age",
        "how many years old is|are|was -> what is age",
        "how tall|high is|are|was|were the? -> what is height",
        "how heavy is|are|was|were -> what is weight",
        "how much do|does|did x? weigh -> what is weight",
        "how big|large is|are|was|were -> what is size",
        "how expensive|costly is|are|was|were -> what is price",
        "how hot|cold|warm is|are|was|were -> what is temperature",
        "how often|frequently|regularly -> howoften",
        "how many times -> howoften",
        "how much -> howmuch",
        "what is|are|was|were the? price|prices|cost|costs|fee|fees of|for -> what is price",
        "howmuch do|does|did|will|would the|a|an|my|your? * cost|costs -> what is price *", "what the|a|an|my|your? * cost|costs -> what is price *",
        "howmuch do|does|did|will|would the|a|an|my|your? * * cost|costs -> what is price * *", "what the|a|an|my|your? * * cost|costs -> what is price * *",
        "howmuch do|does|did|will|would the|a|an|my|your? * * * cost|costs -> what is price * * *", "what the|a|an|my|your? * * * cost|costs -> what is price * * *",
        "howmuch do|does|did|will|would the|a|an|my|your? * * * * cost|costs -> what is price * * * *", "what the|a|an|my|your? * * * * cost|costs -> what is price * * * *",
        // Possible, allowed, required.
        "is|are|was it? possible|feasible to|for -> can",
        "is it possible|feasible that? -> can",
        "is it ok|okay|fine|allowed|permitted|alright|acceptable for? to? -> can",
        "am|are|is i|we|you|they allowed|permitted|able to -> can i",
        "are|is allowed|permitted to -> can",
        "do|does|must|should i|we|you have|need|has to -> must i",
        "do i really? need to -> must i",
        "i|we have|need|has got? to -> i must",
        "unable to -> can not",
        "not able to -> can not",
        "fail|fails|failed to -> can not",
        "no longer -> not any more",
        "is it a? good idea|time|decision to -> should i",
        "is it better|best|wise|advisable|recommended|worth|smart to -> should i",
        "would it be wise|good|smart|advisable to -> should i",
        "do you recommend|advise|suggest that? i? to? -> should i",
        "should i consider -> should i",
        // Said with two words.
        "~turn|switch the|my|your|a|this? * on -> enable *", "~turn|switch the|my|your|a|this? * off -> disable *", "~turn|switch the|my|your|a|this? * * on -> enable * *", "~turn|switch the|my|your|a|this? * * off -> disable * *",
        "~make the|my|your|a|this? * bigger|larger -> enlarge *", "~make the|my|your|a|this? * smaller -> shrink *", "~make the|my|your|a|this? * shorter -> shorten *", "~make the|my|your|a|this? * longer -> lengthen *",
        "~turn|switch on -> enable", "~turn|switch off -> disable", "~shut|power down|off -> stop", "~start|boot|power up -> start",
        "~set up -> setup", "~log|sign in|on to -> login", "~log|sign in|on -> login", "~log into|onto -> login", "~sign up for|to? -> register", "~log|sign out|off of|from? -> logout",
        "~get rid of -> remove", "~speed up -> accelerate", "~slow down -> decelerate", "~find out -> discover", "~look for -> search", "~look up -> search", "~carry out -> perform",
        "~come up with -> suggest", "~give up -> quit", "~put together -> create", "~pick up -> collect", "~fill in|out -> fill", "~throw away|out -> discard", "~figure|work out -> determine",
        "~point out -> indicate", "~make sure -> ensure", "~take place -> happen", "~take part in -> participate", "as well as -> and", "in addition to -> and", "such as -> like",
        "~make bigger|larger -> enlarge", "~make smaller -> shrink", "~make shorter -> shorten", "~make longer -> lengthen", "~make better -> improve", "~make faster -> accelerate", "~back up -> backup",
        "~stand for -> mean", "~consist of -> contain", "~deal with -> handle", "cell|mobile phone -> phone", "e mail -> email", "web site|page -> website", "united states of? america? -> usa", "u.s.|u.s.a. -> usa",
        "united kingdom -> uk", "u.k. -> uk", "new york city -> newyork", "new york -> newyork", "artificial intelligence -> ai", "machine learning -> ml", "pin code -> pin",
        "two|2 factor|step authentication|verification -> 2fa", "social security number -> ssn", "per cent -> percent", "vice versa -> conversely", "phone number -> phonenumber",
        "wi fi -> wifi", "~top up|ups -> topup", "~check in -> checkin", "~check out -> checkout", "by heart -> memorized", "at least -> atleast", "at most -> atmost", "no more than -> atmost", "no less|fewer than -> atleast",
        "more than -> morethan", "less|fewer than -> lessthan", "not only -> ", "no one -> nobody", "instead of|rather than -> insteadof", "because of|due to|owing to -> because",
    ];

    /// <summary>Words for one thing in everyday use; the first stands for all. A word is in one group alone.</summary>
    public static readonly string[] Synonyms =
    [
        "buy purchase acquire", "begin start commence launch", "finish complete conclude", "fix repair mend correct rectify", "help assist aid support assistance", "show display present", "make create build produce construct generate compose",
        "write draft author", "delete erase wipe", "remove eliminate", "cancel terminate unsubscribe", "change modify alter edit adjust", "update upgrade refresh", "increase raise enlarge boost", "decrease reduce lower lessen diminish", "get obtain receive",
        "need require", "use utilize utilise employ", "choose select pick", "find locate discover search", "fast quick rapid speedy swift", "accelerate hasten", "big large huge", "small little tiny", "happy glad", "sad unhappy", "important crucial essential vital",
        "easy simple straightforward", "hard difficult tough", "cheap inexpensive affordable", "expensive costly pricey", "car automobile auto", "movie film", "phone telephone smartphone cellphone mobile", "photo picture photograph pic", "shop store", "doctor physician",
        "job position", "kid child", "error fault", "problem issue trouble", "answer reply respond response", "question query", "example sample instance", "company firm business", "money cash", "cost price fee", "suggest recommend propose recommendation suggestion advise",
        "summary summarize summarise synopsis recap summarization", "explain explanation", "compare comparison", "difference differ distinguish", "advantage benefit pro upside", "disadvantage drawback con downside", "mean meaning signify",
        "holiday vacation", "trip journey travel", "flat apartment", "autumn fall", "luggage baggage", "trousers pants", "centre center", "colour color", "favourite favorite", "grey gray", "licence license", "programme program", "cheque check", "catalogue catalog", "tyre tire",
        "laptop notebook", "email mail", "website site", "application app", "password passcode passphrase", "reset resetting", "verify confirm validate verification", "enable activate", "disable deactivate", "login logon signin", "register enroll signup", "setup configure configuration", "install installation",
        "send transmit", "transfer transferral", "order ordering", "book reserve booking reservation", "arrange organize organise schedule plan", "meeting appointment", "pay payment", "refund reimburse reimbursement", "invoice bill", "wage salary", "tax taxation",
        "allow permit let", "prevent avoid", "stop halt cease", "continue proceed", "keep retain", "contain include", "happen occur", "work function operate", "improve enhance improvement", "learn study", "teach instruct", "talk speak", "say state", "look appear seem",
        "sick ill unwell", "disease illness sickness", "drug medicine medication", "symptom sign", "treat cure treatment", "vaccine vaccination vaccinate", "shut close", "main primary principal", "new recent", "entire whole", "enough sufficient", "often frequently", "usual typical common",
        "approximately roughly around about circa", "maximum max", "minimum min", "information info", "document doc", "advertisement ad advert", "mathematics math maths", "refrigerator fridge", "television tv", "bicycle bike", "aeroplane airplane plane aircraft", "integer int", "string str", "directory folder", "database db",
        "repository repo", "environment env", "parameter param", "text passage", "paragraph section", "sentence phrase", "weight mass", "population inhabitant resident", "revenue turnover", "staff personnel employee", "client customer",
        "smart clever intelligent", "beautiful pretty", "tall high", "thin slim", "wrong incorrect", "sure certain", "rich wealthy", "angry mad", "tired exhausted", "famous renowned", "quiet silent", "loud noisy", "dangerous hazardous risky", "safe secure", "strange weird odd",
        "amount quantity", "possible feasible", "request ask", "want wish desire", "like enjoy", "love adore", "own possess", "reach attain", "gather collect", "connect link", "detach disconnect", "enquire inquire", "lose misplace", "steal theft", "break damage", "shorten abbreviate condense", "lengthen extend",
    ];

    /// <summary>Opposites that a dictionary of words does not pair, in their canonical forms.</summary>
    public static readonly string[] Opposites =
    [
        "off on", "down up", "in out", "enable disable", "login logout", "morethan lessthan", "atleast atmost", "before after", "above below", "over under", "with without", "am pm", "import export", "upload download", "install uninstall", "encrypt decrypt", "encode decode",
        "buy sell", "borrow lend", "deposit withdraw", "accept reject", "allow deny", "approve decline", "lock unlock", "block unblock", "open shut", "increase decrease", "begin finish", "add remove", "first last", "next last", "next previous", "earlier later", "today tomorrow", "today yesterday",
        "tomorrow yesterday", "ascend descend", "asc desc", "left right", "horizontal vertical", "push pull", "send get", "give take", "win lose", "gain lose", "love hate", "male female", "man woman", "boy girl", "son daughter", "brother sister", "mother father", "husband wife", "king queen", "landlord tenant",
        "teacher student", "employer employee", "seller buyer", "north south", "east west", "summer winter", "day night", "morning evening", "hot cold", "wet dry", "full empty", "fast slow", "big small", "high low", "cheap expensive", "rich poor", "young old", "new old", "safe dangerous", "good bad", "better worse",
        "best worst", "more less", "most least", "maximum minimum", "public private", "true false", "yes no", "positive negative", "credit debit", "income expense", "profit loss", "asset liability", "success failure", "advantage disadvantage", "cause effect", "question answer", "start end", "arrive leave",
        "arrival departure", "inbound outbound", "domestic international", "indoor outdoor", "internal external", "input output", "client server", "local remote", "online offline", "manual automatic", "single multiple", "odd even", "mild severe", "raw cooked", "fresh stale", "alive dead", "guilty innocent",
        "legal illegal", "beginner expert", "thin thick", "accelerate decelerate", "enlarge shrink", "shorten lengthen", "freeze boil", "divide multiply", "plus minus", "encourage discourage", "include exclude", "connect disconnect", "appear disappear", "cover exclude",
    ];

    /// <summary>Words that carry no meaning of their own in a prompt. What negates, compares, counts or asks is not among them.</summary>
    public const string Function =
        "a an the this that these those some any my your our their his her its me us him them i we you he she it they one ones do does did done doing is are was were be been being am have has had having will would shall can could may might must should " +
        "of in at for by as with about on and or to from into than if so just also too very really quite actually currently basically simply there here please kindly tell thanks such each every both either whether that's which what who whom whose how when where why " +
        "howto howmany howmuch howlong howoften define yesno then well okay ok oh um all mine yours myself yourself itself through using via per while between because like own exactly able anyway ever else";

    /// <summary>Adjectives with regular degrees: "fast" of faster and fastest, while "number" is none of "numb". What the dictionary lists as irregular (bigger) is not here.</summary>
    public static readonly HashSet<string> Graded =
    [
        .. ("fast slow quick small large tall short long old young new high low cheap rich poor hard soft strong weak warm cold cool dark light bright loud quiet clean clear close near deep few fine full great kind late mild near nice rare safe sharp smart smooth strange sweet thick wide wise easy early busy dirty " +
            "happy healthy heavy lazy noisy pretty simple tiny ugly dense tough rough tight loose broad calm dry dull fair fresh gentle harsh narrow plain pure quiet rude steep strict vast cruel humble able bold brave dumb odd sick sour tasty friendly lonely crazy angry hungry thirsty wealthy costly lengthy tricky risky").Split(' '),
    ];

    /// <summary>Nouns that look like a verb's form and are none.</summary>
    public const string Kept = "building buildings setting settings saving savings meeting meetings feeling feelings wedding weddings";

    /// <summary>Words that a prompt may have more than another that says the same otherwise, as long as that other has none of its own.</summary>
    public const string Light = "thing stuff way kind type bit person someon someth peopl follow below mean now detail info already still exist know typical usual available exact different various certain specific particular overall please total";

    /// <summary>Words that negate.</summary>
    public const string Negators = "not no never without none nobody nothing neither nor nowhere hardly barely cannot except";

    /// <summary>Words that compare.</summary>
    public const string Comparers = "more less most least best worst better worse fewer fewest than morethan lessthan atleast atmost insteadof";

    /// <summary>Prepositions that give a word its role.</summary>
    public const string Roles = "from to into than by before after until till since above below under over without against except toward towards onto behind versus vs insteadof";

    /// <summary>Days, parts of days, months and what is relative to now.</summary>
    public const string Dates =
        "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun january february march april june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec " +
        "today tomorrow yesterday tonight now morning noon afternoon evening night midnight weekend weekday next last previous current upcoming past daily weekly monthly yearly annually quarterly hourly spring summer autumn winter am pm century decade";

    /// <summary>Words of the commonest languages written in Latin letters that are not English ones, too.</summary>
    public const string Foreign =
        "der die das und ist nicht ein eine einen einem wie ich wir ihr sie mit von auf für den dem des zu zum zur auch wenn oder aber kann bitte mein meine was wo wer warum wann welche über nach bei aus sind war hat haben werden wird noch nur dass " +
        "le la les des un une est et en que qui dans pour pas sur avec ce cette ces mon ma mes je nous vous il elle ils du au aux comment quel quelle pourquoi où quand sont être avoir fait peux " +
        "el los las una unos es y que en por para con no se su sus mi mis lo como cómo qué cuál dónde cuándo está puedo del al más pero soy son tiene hacer quiero " +
        "il lo gli una di che non per sono come dove quando perché cosa della delle nel nella mio mia anche più voglio posso o os um uma não para com como onde meu minha você são está fazer mais het een van en niet ik je wij dat die met voor naar hoe waar wat kan mijn zijn " +
        "och att är jag det som på inte hur vad kan min og jeg ikke hvordan hvad";
}
