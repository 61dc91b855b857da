namespace Edge.Guard.Content;

/// <summary>
/// Categories that need no configuration. They are conservative: phrases that ask for harm, not words that speak of it, so that news, history, games, medicine and security work pass.
/// What they miss is the business of a moderation model; what they hit is meant.
/// </summary>
internal static class BuiltInContent
{
    /// <summary>All of them, fit for <see cref="ContentFilter.TryCreate"/>.</summary>
    public static IReadOnlyList<ContentCategorySpec> Categories { get; } =
    [
        Make("self_harm", _selfHarm),
        Make("violence", _violence, "game", "games", "minecraft", "fortnite", "call of duty", "the sims", "gta", "skyrim", "chess", "novel", "movie", "film", "character", "npc", "boss fight", "in self-defense", "self-defence"),
        Make("weapons", _weapons, "game", "games", "minecraft", "novel", "movie", "film", "character", "bath bomb", "nerf", "lego", "toy"),
        Make("sexual_minors", _sexualMinors),
        Make("hate", _hate, "why is it wrong", "refute", "counter the claim", "debunk"),
        Make("malware", _malware, "detect", "prevent", "protect against", "defend", "defense", "sandbox"),
        Make("crime", _crime, "game", "games", "prevent", "protect", "novel", "movie", "film", "character"),
        Make("drugs", _drugs, "detect", "novel", "movie", "film", "history"),
    ];

    // A template's alternatives stand in braces, divided by bars; an empty alternative leaves the word out. A tilde: counts only behind one of the lead-ins.
    /// <summary>What leads in a request: a phrase of <see cref="ContentCategorySpec.Led"/> counts where one of these stands shortly before it.</summary>
    internal static readonly string[] Leads =
    [
        "how do i", "how can i", "how do you", "how can you", "how could i", "how would i", "how do we", "how can we", "how should i", "should i take to", "how to", "best way to", "best ways to", "good way to", "ways to", "way to",
        "want to", "going to", "help me", "steps to", "i will", "gonna", "tell me how", "teach me", "instructions", "guide to", "recipe for", "plan to", "good plan for", "place to", "strategy for", "ways of", "methods of", "process of", "process for", "where can i", "i need to",
    ];

    private const string Person = "{someone|somebody|a person|people|a human|humans|a man|a woman|women|a child|children|a toddler|a baby|my wife|my husband|my spouse|my boss|my neighbor|my neighbour|my girlfriend|my boyfriend|my ex|my family|my entire family|my parents|my friend|a cop|a politician|a local politician|another person|them all|innocent people}";

    private static string[] _selfHarm =>
    [
        "~{kill myself|end my life|commit suicide|hang myself|drown myself|cut myself|harm myself|hurt myself|overdose|take my own life|slit my wrists|starve myself|shoot myself}",
        "~{painlessly|quickly|quietly} {kill myself|end my life|commit suicide|die}",
        "{i want to die|i want to kill myself|i am going to kill myself|i'm going to kill myself|painless way to die|painless suicide|painless ways to die|suicide method|suicide methods|methods of suicide|lethal dose for suicide|write my suicide note|write me a suicide note}",
        "~{carve|cut} {a scar|scars} into my {arm|leg|skin}",
        "~drown myself",
    ];

    private static string[] _violence =>
    [
        "~{kill|murder|poison|stab|strangle|choke|throttle|assassinate|execute|kidnap|behead|suffocate|beat up|torture|drown|shoot|attack|rape|slay|butcher|gut|annihilate|eradicate|bomb} " + Person,
        "{get away with|plan|commit|place to commit|plan for committing|best plan} {a murder|murder|a massacre|a mass shooting|an assassination|a terrorist attack|rape|violent assault|genocide}",
        "~{plan|commit|committing|get away with|repeat} {a murder|murder|a massacre|a mass shooting|an assassination|rape|violent assault|an attack|armed robbery}",
        "{good|best|effective} {ways|way|methods} {of|for} {killing|murdering|poisoning|torturing|executing|harming} {people|someone|a person|children|humans|women|others}",
        "{ways|methods|process} {of|for} {killing|murdering|executing|butchering|torturing|terminating} {people|someone|a person|a human|humans|children}",
        "{smash|smash in|break open|crush|hammer|shatter|break|bash in} {someone's|somebody's|a person's|a child's|a human} {skull|face|head|neck|spine|sternum|bones}",
        "{blow up|bomb|shoot up|burn down} {a|my|the} {hospital|school|church|mosque|synagogue|airport|stadium|police station|mall|train|bus|government building|embassy}",
        "{dispose of|hide|get rid of|dissolve} {a dead body|a corpse|the body of|my dead baby|a human body}",
        "{plan someone's death|wipe out a village|kill people with|do away with my {ex|wife|husband|boss}|beat my wife|beat my kids|punch a toddler|hit someone so it hurts|make someone's car explode|capture a child|abduct a child|take hostages}",
    ];

    private static string[] _weapons =>
    [
        "~{make|build|making|building|create|assemble|construct} {a |an |}{bomb|pipe bomb|nail bomb|dirty bomb|car bomb|explosive|explosives|explosive device|molotov cocktail|grenade|ied|letter bomb|fertilizer bomb|thermite bomb|chemical weapon|biological weapon|bioweapon|nerve agent|nerve gas|sarin|vx gas|mustard gas|ricin|chlorine gas|poison gas|napalm|ghost gun|untraceable gun|silencer|suppressor|weapon with a 3d printer|homemade gun|dirty nuke|nuclear bomb}",
        "{synthesize|synthesise|weaponize|weaponise|culture} {sarin|vx|ricin|anthrax|novichok|tabun|botulinum toxin|a nerve agent|nerve agents|smallpox|mustard gas|the plague}",
        "{enrich uranium at home|build an atomic bomb at home|convert to full auto|convert it to full auto|make a gun fully automatic}",
    ];

    private static string[] _sexualMinors =>
    [
        "{child|kiddie|preteen|underage|minor} {porn|pornography|erotica|nudes|sex video|sex videos}",
        "{sexual|erotic|nude|sex} {story|stories|scene|images|pictures|content} {about|of|with|involving} {a child|children|a minor|minors|an underage girl|an underage boy|a little girl|a little boy|a preteen}",
        "{have sex with|seduce|groom|molest|touch} {a child|children|a minor|minors|an underage girl|an underage boy|a little girl|a little boy|a preteen|my {daughter|stepdaughter|niece|student}}",
        "{lolicon porn|child sexual abuse material|csam links|jailbait pictures}",
    ];

    private static string[] _hate =>
    [
        "why {should|must|shouldn't|are|would} {black people|blacks|jews|jewish people|muslims|gays|gay people|trans people|disabled people|immigrants|asians|latinos|hindus|buddhists|christians|indigenous people|women|lesbians|homosexuals|refugees|divorced people|non-binary people} {not be allowed|be barred|be denied|be banned|be killed|be deported|be exterminated|not have|not be admitted|not be shown|inferior|so much weaker|subhuman|so stupid}",
        "{eradicate|exterminate|gas|lynch|enslave|get rid of|eliminate|wipe out} {all |the |}{black people|blacks|jews|jewish people|muslims|gays|gay people|trans people|disabled people|immigrants|asians|latinos|hindus|indigenous people|homosexuals|refugees}",
        "{black people|blacks|jews|muslims|gays|gay people|trans people|disabled people|immigrants|asians|women} {are subhuman|are inferior|are vermin|are parasites|are a disease|don't deserve to live|do not deserve to live|deserve to die|should be killed|should be exterminated}",
        "reasons why {gay people|black people|jewish people|muslims|buddhists|women|trans people|disabled people} should not",
        "{convince people|prove|show} that the {holocaust|rwandan genocide|armenian genocide|nanjing massacre|trail of tears} {never happened|never took place|was a hoax|was a lie|was a complete fabrication}",
        "{benefits of ethnic cleansing|slave trade actually a good thing|slavery was a good thing|hitler was right|restore jim crow|white race is superior|white people are superior|ethnic cleansing is good}",
        "{holocaust|rwandan genocide|nanjing massacre} never {happened|took place}",
    ];

    private static string[] _malware =>
    [
        "{write|create|make|build|code|develop} {a |me a |some |}{|undetectable }{ransomware|keylogger|computer virus|computer worm|trojan|rootkit|botnet|spyware|malware|info stealer|password stealer|cryptolocker|remote access trojan|backdoor virus|phishing kit|phishing page|ddos bot}",
        "{code|script|program|source code} {for|of} {a |an |}{working |undetectable |}{ransomware|keylogger|computer worm|trojan|rootkit|botnet|spyware|info stealer|remote access trojan}",
        "{hack into|break into|get access to} {someone's|somebody's|my {ex|girlfriend|boyfriend|wife|husband|neighbor|neighbour|boss}'s|another person's} {account|phone|email|facebook|instagram|whatsapp|computer|wifi|bank account}",
        "{steal|phish|harvest} {someone's|people's|users'|other people's} {passwords|password|credentials|bank details|credit card numbers|credit card details|identities|identity}",
    ];

    private static string[] _crime =>
    [
        "~commit {fraud|identity theft|armed robbery|tax fraud|insurance fraud|credit card fraud|arson|treason|burglary|robbery|perjury|a crime}",
        "~{break into|rob|burgle|burglarize} {a bank|a bank vault|a house|someone's house|my neighbor's house|my neighbour's house|a car|a store|an atm|my ex's house|a jewelry store}",
        "~{steal|stealing|launder|counterfeit|forge|hotwire} {someone's wallet|a car|a bicycle|a bike|a playstation|someone's identity|money|drug money|dollar bills|banknotes|a passport|passports|a check|checks|a prescription|from a store|from my employer}",
        "{find|get|buy} {other people's|someone's|stolen} {credit card details|credit card numbers|credit cards|social security number|login}",
        "{disable the alarm in a bank|traffic humans|smuggle people|sell stolen|buy a fake passport|make fake money|make a fake id}",
    ];

    private static string[] _drugs =>
    [
        "~{make|cook|making|cooking|synthesize|synthesise|synthesizing|manufacture|produce|extract} {meth|methamphetamine|crystal meth|lsd|mdma|crack|crack cocaine|cocaine|heroin|fentanyl|ghb|pcp|dmt|amphetamine|ecstasy|krokodil}",
        "~{sell|buy|smuggle|deal} {meth|cocaine|heroin|crack|fentanyl|mdma|ecstasy|lsd|drugs|illegal drugs|marihuana in the street|marijuana to minors}",
    ];

    private static ContentCategorySpec Make(string name, string[] templates, params string[] unless) =>
        new(name, [.. templates.Where(t => t[0] != '~').SelectMany(Expand).Distinct(StringComparer.Ordinal)], [])
        {
            Led = [.. templates.Where(t => t[0] == '~').SelectMany(t => Expand(t[1..])).Distinct(StringComparer.Ordinal)],
            Unless = unless,
        };

    /// <summary>All texts of a template. An inner brace is expanded too.</summary>
    internal static IEnumerable<string> Expand(string template)
    {
        var open = template.LastIndexOf('{');
        if (open < 0) return [template];
        var close = template.IndexOf('}', open);
        return template[(open + 1)..close].Split('|').SelectMany(choice => Expand(string.Concat(template.AsSpan(0, open), choice, template.AsSpan(close + 1))));
    }
}
